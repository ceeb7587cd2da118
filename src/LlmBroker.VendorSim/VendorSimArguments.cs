using System.Globalization;

namespace LlmBroker.Simulation;

/// <summary>The command line of the stand-alone simulator.</summary>
internal static class VendorSimArguments
{
    public const string Usage =
        "usage: LlmBroker.VendorSim --models FILE.json [--urls URL[;URL...]] [--call-log FILE.jsonl] [--seed N]\n"
        + "  --urls  default http://127.0.0.1:9191";

    /// <summary>The options, or every fault of the command line.</summary>
    public static (VendorSimOptions? Options, IReadOnlyList<string> Faults) Parse(IReadOnlyList<string> args)
    {
        var options = new VendorSimOptions { Urls = ["http://127.0.0.1:9191"] };
        var faults = new List<string>();
        for (var i = 0; i < args.Count; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : null;
            options = (args[i], value) switch
            {
                ("--urls", { } urls) => options with { Urls = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) },
                ("--models", { } path) => options with { ModelsFile = path },
                ("--call-log", { } path) => options with { CallLogFile = path },
                ("--seed", { } text) when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) =>
                    options with { Seed = seed },
                ("--seed", { } text) => Fault($"--seed must be a whole number, but is '{text}'"),
                ("--urls" or "--models" or "--call-log" or "--seed", null) => Fault($"{args[i]} needs a value"),
                _ => Fault($"'{args[i]}' is not an option"),
            };
        }

        if (options.ModelsFile is null)
            faults.Add("--models is missing");
        else if (!File.Exists(options.ModelsFile))
            faults.Add($"--models: there is no file '{options.ModelsFile}'");
        return (faults.Count == 0 ? options : null, faults);

        VendorSimOptions Fault(string fault)
        {
            faults.Add(fault);
            return options;
        }
    }
}
