; inherits: ecmascript, typed
; What only files without elements can write.

(type_assertion (type_arguments (_) @cast.type) (_) @cast.value) @cast
