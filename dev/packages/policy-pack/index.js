// Where the policy host looks for the pack.
require("./policy");
