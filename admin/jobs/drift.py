from jobs.runs import Run


def run(run: Run) -> str:
    return "nothing yet"
