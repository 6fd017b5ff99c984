using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>`align model`: what one does with a model's directory.</summary>
internal sealed class ModelCommand : Command, IExplainedCommand
{
    public ModelCommand()
        : base("model", "Look at a model's directory, or merge an adapter into its base")
    {
        Add(new ModelInspectCommand());
        Add(new ModelMergeCommand());
    }

    public IReadOnlyList<string> Examples => ["align model inspect models/SmolLM2-135M-Instruct"];
}
