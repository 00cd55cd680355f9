// Entry point of the policy pack.
require("./policy");
