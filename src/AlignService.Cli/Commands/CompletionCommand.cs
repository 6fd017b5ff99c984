using System.CommandLine;
using AlignService.Cli.Output;

namespace AlignService.Cli.Commands;

/// <summary>`align completion`: prints a shell's completion script.</summary>
internal sealed class CompletionCommand : Command, IExplainedCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh or fish" };
    private readonly Option<bool> _json = new("--json") { Description = "Write the script as a JSON document" };

    public CompletionCommand()
        : base("completion", "Print a shell's completion script; it completes commands, options and the names of jobs")
    {
        _shell.AcceptOnlyFromAmong(Shells);
        Add(_shell);
        Add(_json);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "source <(align completion bash)",
        "align completion zsh > \"${fpath[1]}/_align\"",
        "align completion fish > ~/.config/fish/completions/align.fish",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string shell = result.GetRequiredValue(_shell);
        using var reader = new StreamReader(typeof(CompletionCommand).Assembly.GetManifestResourceStream($"align.{shell}")!);
        string script = await reader.ReadToEndAsync(cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new System.Text.Json.Nodes.JsonObject { ["shell"] = shell, ["script"] = script });
        }
        else
        {
            Console.Out.Write(script);
        }

        return ExitCode.Ok;
    }
}
