using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>`align datasets`: the data that a server keeps.</summary>
internal sealed class DatasetsCommand : Command, IExplainedCommand
{
    public DatasetsCommand()
        : base("datasets", "Push, list, show, check, preview and remove the data that a server keeps; jobs name it datasets/ID")
    {
        Add(new DatasetsPushCommand());
        Add(new DatasetsListCommand());
        Add(new DatasetsShowCommand());
        Add(new DatasetsValidateCommand());
        Add(new DatasetsPreviewCommand());
        Add(StoredRemoveCommand.OfDatasets());
    }

    public IReadOnlyList<string> Examples => ["align datasets push gsm8k/train.jsonl --name gsm8k-train", "align datasets preview gsm8k-train --job examples/gsm8k.yaml"];
}
