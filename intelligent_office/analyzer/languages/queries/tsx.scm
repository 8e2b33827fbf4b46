; inherits: ecmascript, typed, jsx
; TypeScript with elements in it.
