// A text with its parts in the place of their names in braces.
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
