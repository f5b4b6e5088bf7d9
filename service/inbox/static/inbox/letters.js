// A run goes on by itself while its page is open: its form is sent again and again, each time for two seconds of work.
// And one box chooses all letters of a page. Without this file there are the buttons.
"use strict";

(() => {
    const MOST_FAILURES = 10;
    const LEAST_MS = 1000; // between two requests, where another one works at the run
    const announcer = document.createElement("p");
    announcer.className = "ls-hidden";
    announcer.setAttribute("role", "status");
    let failures = 0;
    let said = 0;

    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const form = () => document.querySelector("#run form[data-goes-on]");

    const tell = (text) => {
        const section = document.getElementById("run");
        let place = section.querySelector(".ls-updated");
        if (!place) {
            place = document.createElement("p");
            place.className = "ls-updated";
            place.dataset.failed = "";
            place.setAttribute("role", "alert");
            section.append(place);
        }
        place.textContent = text;
    };

    const outcome = () => {
        const rows = [...document.querySelectorAll("#run tbody tr")].map((row) => `${row.cells[1].innerText} ${row.cells[0].innerText}`);
        return `${document.querySelector("#run .ls-badge").innerText}: ${rows.join(", ") || "nothing"}`;
    };

    // Each tenth is spoken, and the end.
    const announce = () => {
        const bar = document.querySelector("#run [role=progressbar]");
        const percent = Number(bar && bar.getAttribute("aria-valuenow"));
        if (percent >= said + 10 || !form()) {
            said = percent;
            announcer.textContent = form() ? `${percent} percent` : outcome();
        }
    };

    const step = async (sent) => {
        const answer = await fetch(sent.action, {
            method: "POST",
            body: new FormData(sent),
            credentials: "same-origin",
            signal: AbortSignal.timeout(60000),
        });
        if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const found = page.getElementById("run");
        if (!found) throw new Error("you are logged out; log in, and go on");
        document.getElementById("run").replaceChildren(...document.importNode(found, true).childNodes);
        return Boolean(found.querySelector("[role=alert]"));
    };

    const goOn = async () => {
        while (form() && failures < MOST_FAILURES) {
            const began = Date.now();
            try {
                failures = (await step(form())) ? failures + 1 : 0;
                announce();
            } catch (error) {
                failures += 1;
                const why = error instanceof TypeError || error.name === "TimeoutError" ? "the server gives no answer" : error.message;
                tell(`It waits: ${why}. ${failures < MOST_FAILURES ? "It is tried again." : "Press “Go on” to try again."}`);
            }
            await wait(failures ? Math.min(1000 * 2 ** failures, 15000) : Math.max(0, LEAST_MS - (Date.now() - began)));
        }
    };

    const chooser = document.querySelector("input[data-all]");
    if (chooser) {
        chooser.hidden = false;
        chooser.addEventListener("change", () => {
            for (const box of document.querySelectorAll(".dl-letters input[name=id]")) box.checked = chooser.checked;
        });
    }
    if (form()) {
        document.body.append(announcer);
        goOn();
    }
})();
