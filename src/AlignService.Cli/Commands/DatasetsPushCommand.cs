using System.CommandLine;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Transfers;
using AlignService.Client;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align datasets push`: uploads files of data.</summary>
internal sealed class DatasetsPushCommand : Command, IExplainedCommand
{
    private readonly ClientOptions _client = new();
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "JSONL, JSON, CSV, TSV or Parquet, compressed (.gz, .zst) or not; several files of one format are one dataset",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _name = StoredArgument.NameOption(StoredName.Datasets);

    public DatasetsPushCommand()
        : base("push", "Upload data to a server, which parses every row; interrupted, the same command continues")
    {
        Add(_files);
        Add(_name);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples => ["align datasets push gsm8k/train.jsonl --name gsm8k-train", "align datasets push data/train-*.parquet --name pairs"];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string[] paths = result.GetRequiredValue(_files);
        if (paths.FirstOrDefault(path => !File.Exists(path)) is { } absent)
        {
            throw new CommandException(ExitCode.BadInput, $"The file {absent} does not exist.");
        }

        string name = result.GetValue(_name) is { } given ? StoredArgument.Parse(given, StoredName.Datasets) : StoredArgument.Of(WithoutExtensions(paths[0]), StoredName.Datasets);
        using AlignClient client = _client.Connect(result);
        LocalFile[] files = [.. paths.Select(path => new LocalFile(Path.GetFileName(path), path))];
        PushedDataset pushed = await TransferMeter.ShowAsync(output, meter => client.Datasets.PushAsync(name, files, meter, cancellationToken));
        if (pushed.Dataset is not { } dataset)
        {
            throw new CommandException(ExitCode.BadInput, $"{client.Address} did not take {name}: rows cannot be parsed.", [.. pushed.Faults.Select(fault => new Fault("", fault))]);
        }

        if (output.IsJson)
        {
            CommandOutput.WriteJson(dataset);
        }
        else
        {
            output.Console.WriteLine($"{dataset.Name} {(pushed.WasThere ? "was there already" : "is there")}: {dataset.RowCount} rows, {TransferMeter.Format(dataset.SizeBytes)}.");
        }

        return ExitCode.Ok;
    }

    private static string WithoutExtensions(string path)
    {
        string file = Path.GetFileName(path);
        int dot = file.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 ? file[..dot] : file;
    }
}
