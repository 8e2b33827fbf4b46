; inherits: c_family
(subscript_expression index: (_) @item.key) @item
(binary_expression left: (_) @choice.value ["+" "-"] right: (_)) @choice
