// Roles and names that the markup of Streamlit lacks or has wrong. Each is given again when a
// page is drawn anew; an attribute that says so already is left, so that nothing goes round.
const say = (element, name, value) => {
  if (element && element.getAttribute(name) !== value) element.setAttribute(name, value);
};

const mends = [
  // A list of groups whose links are no items of it: each group is a list of its own.
  [
    '[data-testid="stSidebarNavItems"]:has(> div)',
    (list) => {
      say(list, "role", "none");
      for (const group of list.querySelectorAll(":scope > div")) {
        say(group, "role", "list");
        say(group, "aria-label", group.querySelector("header")?.innerText.split("\n")[0] ?? "");
      }
    },
  ],
  // A table that the keyboard moves in, and what scrolls it, are called as its buttons are.
  [
    '[data-testid="stDataFrame"]',
    (table) => {
      const labels = [...table.querySelectorAll("button")].map((one) => one.ariaLabel ?? "");
      const label = labels.find((one) => one.includes(": ")); // Search: NAME
      if (!label) return;
      const name = label.slice(label.indexOf(": ") + 2);
      say(table.querySelector("canvas[tabindex]"), "aria-label", name);
      say(table.querySelector(".dvn-scroller"), "role", "group");
      say(table.querySelector(".dvn-scroller"), "aria-label", name);
    },
  ],
  // What a button unfolds over the page stands at its end: the keyboard goes there at once, and
  // Escape leads back.
  [
    '[data-testid="stPopoverBody"]',
    (body) => {
      const button = document.activeElement;
      if (body.dataset.isEntered || !button?.matches('[data-testid="stPopover"] button')) return;
      const first =
        body.querySelector("input") ?? body.querySelector("button, a[href], summary");
      const enter = (place) => {
        if (body.dataset.isEntered) return;
        body.dataset.isEntered = "yes";
        place.focus();
        body.addEventListener("keydown", (event) => {
          if (event.key === "Escape") setTimeout(() => button.focus());
        });
      };
      // What it holds comes from the server, after it: each look here is at what there is by then.
      if (first) {
        body.removeAttribute("tabindex");
        enter(first);
      } else if (body.innerText.trim() && !body.dataset.isAwaited) {
        body.dataset.isAwaited = "yes";
        say(body, "tabindex", "0"); // words alone: the keyboard scrolls them
        setTimeout(() => enter(body), 500);
      }
    },
  ],
  // The options of a box lie over the page, outside its landmarks: a region of their own.
  [
    '[role="listbox"][data-rac]',
    (options) => {
      say(options.parentElement, "role", "region");
      say(options.parentElement, "aria-label", "Options");
    },
  ],
  // The place to drop a file has a name, which nothing that is presentation may have.
  [
    '[data-testid="stFileUploaderDropzone"]',
    (place) => say(place, "role", "group"),
  ],
];

const mend = () => {
  for (const [selector, by] of mends) document.querySelectorAll(selector).forEach(by);
};

let isAwaited = false;
new MutationObserver(() => {
  if (isAwaited) return;
  isAwaited = true;
  requestAnimationFrame(() => {
    isAwaited = false;
    mend();
  });
}).observe(document.documentElement, { childList: true, subtree: true });
