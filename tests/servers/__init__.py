"""Private RabbitMQ, MariaDB and PostgreSQL servers for tests: own folder, free ports of 127.0.0.1, no system service touched."""
