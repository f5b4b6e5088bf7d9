"""Private RabbitMQ, MariaDB and PostgreSQL servers for tests: own folder, free ports, no system service touched."""
