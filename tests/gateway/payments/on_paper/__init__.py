"""Two more providers of mobile money, read into the port as it is: on paper only, no product code speaks to them.

They prove that the port fits shapes that the built rails do not have. Their calls are answered by a table.
"""
