using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Spectre.Console;

namespace AlignService.Cli.Output;

/// <summary>
/// Where a command writes. With `--json`, standard output carries only JSON; messages for people go to standard error.
/// </summary>
internal sealed class CommandOutput(bool json)
{
    private const int PlainWidth = 160;
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true).WithFormatDefaultValues(true));
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool IsJson { get; } = json;

    /// <summary>Standard output, for people.</summary>
    public IAnsiConsole Console { get; } = CreateConsole();

    /// <summary>Whether a live display makes sense: the output is a terminal.</summary>
    public bool IsInteractive => !IsJson && !System.Console.IsOutputRedirected && Console.Profile.Capabilities.Ansi;

    /// <summary>The JSON of a message, with snake_case keys; the numbers 0, false and "" are included.</summary>
    public static JsonNode ToJson(IMessage message) => JsonNode.Parse(Formatter.Format(message))!;

    public static void WriteJson(JsonNode node) => System.Console.Out.WriteLine(node.ToJsonString(Relaxed));

    public static void WriteJson(IMessage message) => WriteJson(ToJson(message));

    /// <summary>A message for people that is not part of the result.</summary>
    public static void Note(string line) => System.Console.Error.WriteLine(line);

    private static IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Out) });
        if (System.Console.IsOutputRedirected)
        {
            console.Profile.Width = PlainWidth; // a table in a file or pipe should not be folded at 80
        }

        return console;
    }
}
