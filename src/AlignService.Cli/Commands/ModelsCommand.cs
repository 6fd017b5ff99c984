using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>`align models`: the models that a server keeps.</summary>
internal sealed class ModelsCommand : Command, IExplainedCommand
{
    public ModelsCommand()
        : base("models", "Push, pull, list, show and remove the models that a server keeps; jobs name them models/ID")
    {
        Add(new ModelsPushCommand());
        Add(new ModelsPullCommand());
        Add(new ModelsListCommand());
        Add(new ModelsShowCommand());
        Add(StoredRemoveCommand.OfModels());
    }

    public IReadOnlyList<string> Examples => ["align models push SmolLM2-135M-Instruct", "align models pull jobs/a1b2c3d4/checkpoints/best --output tuned"];
}
