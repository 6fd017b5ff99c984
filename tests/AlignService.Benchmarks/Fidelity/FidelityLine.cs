using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AlignService.Benchmarks.Fidelity;

/// <summary>One row of the fidelity tables, as one JSON line.</summary>
internal static class FidelityLine
{
    private const int Digits = 4;

    public static void Write(string kind, string name, params (string Key, JsonNode? Value)[] values)
    {
        var line = new JsonObject { ["fidelity"] = kind, ["name"] = name };
        foreach ((string key, JsonNode? value) in values)
        {
            line[key] = value is JsonValue number && number.GetValueKind() == JsonValueKind.Number ? Rounded(double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture)) : value;
        }

        Console.Out.WriteLine(line.ToJsonString());
    }

    /// <summary>To some significant digits; the rest is noise of the clock and of the machine.</summary>
    private static double Rounded(double value)
    {
        if (value == 0 || !double.IsFinite(value) || Math.Abs(value) >= 1e4)
        {
            return Math.Round(value);
        }

        double scale = Math.Pow(10, Digits - 1 - Math.Floor(Math.Log10(Math.Abs(value))));
        return Math.Round(value * scale) / scale;
    }
}
