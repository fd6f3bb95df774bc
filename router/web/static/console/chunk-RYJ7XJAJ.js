function o(t,c){let e=URL.createObjectURL(t);Object.assign(document.createElement("a"),{href:e,download:c}).click(),URL.revokeObjectURL(e)}export{o as a};
