using System.Text.Json.Nodes;

namespace AlignService.Cli.Output;

/// <summary>Reports why a command failed: on standard error, and with `--json` also as a JSON document on standard output.</summary>
internal static class ErrorReport
{
    public static void Write(CommandException exception, bool json)
    {
        Console.Error.WriteLine($"align: {exception.Message}");
        foreach (var fault in exception.Faults.Where(fault => !exception.Message.Contains(fault.Message, StringComparison.Ordinal)))
        {
            Console.Error.WriteLine($"  {Place(exception.File, fault)}{fault.Message}");
        }

        if (json)
        {
            CommandOutput.WriteJson(ToJson(exception));
        }
    }

    private static string Place(string? file, Fault fault)
    {
        string line = fault.Line is { } number ? $"{file}:{number}: " : "";
        return fault.Field.Length > 0 ? $"{line}{fault.Field}: " : line;
    }

    private static JsonObject ToJson(CommandException exception)
    {
        var faults = exception.Faults.Select(fault => (JsonNode)new JsonObject
        {
            ["field"] = fault.Field,
            ["line"] = fault.Line,
            ["message"] = fault.Message,
        });
        return new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["exit_code"] = (int)exception.ExitCode,
                ["kind"] = exception.ExitCode.ToString(),
                ["message"] = exception.Message,
                ["faults"] = new JsonArray([.. faults]),
            },
        };
    }
}
