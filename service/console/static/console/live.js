// Keeps <section data-live="URL" data-every="3" id="…"> up to date: the URL is fetched again, and the section takes its
// content from the section with the same id in the answer, or the whole answer where there is none. An empty URL is this page.
// One with data-quiet says so only when it fails. Nothing is replaced while the tab is hidden, or while somebody points at, types into or selects something in the section.
"use strict";

(() => {
    const IN_USE = "a:hover, button:hover, input:hover, label:hover, summary:hover, tr:hover, [data-hold]:hover";
    const fetchedAt = new WeakMap();
    const failures = new WeakMap();
    const said = new Map();
    let isFetching = false;

    const announcer = document.createElement("div");
    announcer.className = "ls-hidden";
    announcer.setAttribute("role", "status");
    document.body.append(announcer);

    const sections = () => [...document.querySelectorAll("section[data-live]")];
    const url = (section) => new URL(section.dataset.live || location.href, location.href).href;
    const every = (section) => 1000 * Math.max(1, Number(section.dataset.every) || 3);

    const isInUse = (section) => {
        const selection = getSelection();
        const holds = selection && !selection.isCollapsed && section.contains(selection.anchorNode);
        return holds || section.contains(document.activeElement) || section.querySelector(IN_USE) !== null;
    };

    const isDue = (section) => Date.now() - (fetchedAt.get(section) || 0) >= every(section) && !isInUse(section);

    const ago = (moment) => {
        const seconds = Math.max(0, Math.round((Date.now() - moment) / 1000));
        return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
    };

    const line = (section) => {
        let found = section.querySelector(".ls-updated");
        if (!found) {
            found = document.createElement("p");
            found.className = "ls-updated";
            section.append(found);
        }
        return found;
    };

    const tell = (section) => {
        const place = line(section);
        const since = fetchedAt.get(section);
        const isQuiet = section.hasAttribute("data-quiet");
        const failure = failures.get(section);
        place.toggleAttribute("data-failed", Boolean(failure));
        if (failure) {
            place.textContent = `Not up to date: ${failure}. What you see is ${ago(since)} old.`;
        } else if (isQuiet) {
            place.textContent = "";
        } else {
            place.textContent = `Updated ${ago(since)} ago${isInUse(section) ? "; waits while you are here" : ""}`;
        }
    };

    const replace = (section, answer) => {
        const found = section.id && answer.getElementById(section.id);
        const open = [...section.querySelectorAll("details[open][id]")].map((details) => details.id);
        section.replaceChildren(...document.importNode(found || answer.body, true).childNodes);
        open.map((id) => document.getElementById(id)).filter(Boolean).forEach((details) => { details.open = true; });
        if (found) {
            for (const name of ["data-live", "data-every"]) {
                found.hasAttribute(name) ? section.setAttribute(name, found.getAttribute(name)) : section.removeAttribute(name);
            }
        }
        announce(section);
    };

    // Only what has become different is spoken.
    const announce = (section) => {
        for (const element of section.querySelectorAll("[data-announce]")) {
            const before = said.get(section.id);
            said.set(section.id, element.dataset.announce);
            if (before !== undefined && before !== element.dataset.announce) announcer.textContent = element.textContent;
        }
    };

    const fetched = async (address) => {
        const answer = await fetch(address, { credentials: "same-origin", signal: AbortSignal.timeout(15000) });
        if (answer.redirected) throw new Error("you are logged out, or the page has moved; load it anew");
        if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
        return new DOMParser().parseFromString(await answer.text(), "text/html");
    };

    const why = (error) => (error instanceof TypeError || error.name === "TimeoutError" ? "the server gives no answer" : error.message);

    const refresh = async (address, due) => {
        try {
            const answer = await fetched(address);
            for (const section of due.filter((one) => one.isConnected && !isInUse(one))) {
                replace(section, answer);
                fetchedAt.set(section, Date.now());
                failures.delete(section);
            }
        } catch (error) {
            due.forEach((section) => failures.set(section, why(error)));
        }
    };

    const turn = async () => {
        sections().forEach(tell);
        if (document.hidden || isFetching) return;
        isFetching = true;
        try {
            const due = sections().filter(isDue);
            for (const address of new Set(due.map(url))) {
                await refresh(address, due.filter((section) => url(section) === address));
            }
        } finally {
            isFetching = false;
        }
        sections().forEach(tell);
    };

    for (const section of sections()) {
        fetchedAt.set(section, Date.now());
        announce(section);
    }
    const timer = setInterval(() => (sections().length ? turn() : clearInterval(timer)), 1000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) turn(); });
    sections().forEach(tell);
})();
