// Entry point of the provider plugin.
require("../components/provider/serveProvider");
