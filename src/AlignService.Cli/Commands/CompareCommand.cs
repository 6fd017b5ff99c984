using System.CommandLine;
using AlignService.Cli.Comparison;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Client;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align compare`: jobs side by side, as a table and as a page with plots.</summary>
internal sealed class CompareCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string[]> _jobs = new("jobs") { Description = "Two jobs or more: jobs/ID, or ID for short", HelpName = "JOB", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Write the comparison with its plots to a self-contained HTML file", HelpName = "FILE.html" };

    public CompareCommand()
        : base("compare", "Compare finished jobs: reward, KL, memory, time and tokens, and how the jobs differ")
    {
        Add(_jobs);
        Add(_output);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align compare a1b2c3d4 e5f6a7b8", "align compare a1b2c3d4 e5f6a7b8 --output report.html"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] names = [.. result.GetRequiredValue(_jobs).Select(JobName.Parse).Distinct()];
        if (names.Length < 2)
        {
            throw new CommandException(ExitCode.BadInput, $"{names[0]} is the only job given; give two or more to compare.");
        }

        using AlignClient client = _client.Connect(result);
        await WriteAsync(client, names, result.GetValue(_output), output, cancellationToken);
        return ExitCode.Ok;
    }

    /// <summary>Shows the comparison, and writes its page where a file is named.</summary>
    public static async Task WriteAsync(AlignClient client, IReadOnlyList<string> names, string? page, CommandOutput output, CancellationToken cancellationToken)
    {
        List<ComparedJob> jobs = [];
        foreach (string name in names)
        {
            jobs.Add(await ComparedJobReader.ReadAsync(client, name, cancellationToken));
        }

        var comparison = new JobComparison(jobs);
        if (page is { } file)
        {
            await File.WriteAllTextAsync(file, ComparisonPage.Write(comparison), cancellationToken);
            CommandOutput.Note($"Wrote the comparison to {Path.GetFullPath(file)}.");
        }

        if (output.IsJson)
        {
            CommandOutput.WriteJson(comparison.ToJson());
        }
        else
        {
            Show(comparison, output.Console);
        }
    }

    private static void Show(JobComparison comparison, IAnsiConsole console)
    {
        var table = new Table().RoundedBorder().AddColumn("").AddColumns([.. comparison.Rows.Select(row => new TableColumn(new SpectreText(row.Label)).RightAligned())]);
        foreach (IReadOnlyList<string> line in ComparisonText.Lines(comparison))
        {
            table.AddRow([.. line.Select(cell => new SpectreText(cell))]);
        }

        table.AddEmptyRow();
        foreach ((string field, IReadOnlyList<string?> values) in comparison.Settings)
        {
            table.AddRow([new SpectreText(field, new Style(Color.Grey)), .. values.Select(value => new SpectreText(value ?? "–"))]);
        }

        console.Write(table);
        foreach (string caveat in comparison.Caveats)
        {
            console.Write(new SpectreText($"! {caveat}\n", new Style(Color.Yellow)));
        }
    }
}
