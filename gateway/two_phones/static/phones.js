// Keys that answer at once, and parts that change by themselves. Without this file every form does the same by itself.
const marks = {};
for (const part of document.querySelectorAll("[data-mark]")) marks[part.id] = part.dataset.mark;

// A form is posted without leaving the page; what comes of it arrives as a change.
async function post(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  if (button?.name) fields.set(button.name, button.value);
  fields.set("live", "1");
  const answer = await fetch(form.action, { method: "POST", body: fields }).catch(() => null);
  if (answer?.status === 403) location.reload();
  const why = answer?.ok ? "" : answer ? (await answer.json()).title : "The service does not answer. Is it running?";
  document.getElementById("refused").textContent = why;
}

// Draw a part anew, and leave focus, open lists and the caret where they were.
function draw(id, mark, html) {
  const part = document.getElementById(id);
  if (!part || marks[id] === mark) return;
  const held = part.contains(document.activeElement) ? document.activeElement : null, isOpen = part.querySelector("details[open]");
  marks[id] = mark;
  part.innerHTML = html;
  if (isOpen) part.querySelector("details")?.setAttribute("open", "");
  if (held?.id) document.getElementById(held.id)?.focus();
  if (part.classList.contains("lcd")) part.scrollTop = 0;
}

function addLines(lines) {
  const list = document.getElementById("lines"), box = list.parentElement;
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  for (const [n, html] of lines) {
    if (n <= +list.dataset.last) continue;
    list.dataset.last = n;
    list.insertAdjacentHTML("beforeend", html);
    if (list.children.length > 60) list.firstElementChild.remove();
  }
  if (atEnd) box.scrollTop = box.scrollHeight;
}

const changes = new EventSource("/phone/events");
changes.onmessage = (event) => {
  const told = JSON.parse(event.data);
  document.body.classList.toggle("trio", told.trio);
  for (const [id, [mark, html]] of Object.entries(told.parts)) draw(id, mark, html);
  addLines(told.lines);
};

document.addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  event.preventDefault();
  const typed = form.elements.typed;
  if (typed && button?.name === "key") {
    if (button.value === "clear") typed.value = typed.value.slice(0, -1);
    else if (!["send", "end"].includes(button.value)) typed.value += button.value;
    if (button.value !== "send" && button.value !== "end") return;
  }
  post(form, button);
  if (typed) typed.value = "";
});

// A network, a language or a pace is chosen by choosing it.
document.addEventListener("change", (event) => {
  if (event.target.matches("select,[name=pace]")) post(event.target.form);
});

// The twelve keys of a phone, and those of the story, are one tab stop; arrows walk them.
function rove(keys, wide) {
  const all = () => [...keys.querySelectorAll("button")];
  const settle = () => all().forEach((key, i, keys) => (key.tabIndex = keys.includes(document.activeElement) ? (key === document.activeElement ? 0 : -1) : i ? -1 : 0));
  keys.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: wide, ArrowUp: -wide }[event.key];
    const to = by && all()[all().indexOf(event.target) + by];
    if (to) { to.focus(); event.preventDefault(); }
  });
  keys.addEventListener("focusin", settle);
  new MutationObserver(settle).observe(keys, { childList: true });
  settle();
}
for (const keys of document.querySelectorAll(".phone .keys")) rove(keys, 3);
rove(document.getElementById("pads"), 6);
document.querySelector(".seen").scrollTop = 1e6;
