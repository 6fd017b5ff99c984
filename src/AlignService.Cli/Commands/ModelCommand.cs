using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>`align model`: what one does with a model's directory.</summary>
internal sealed class ModelCommand : Command, IExplainedCommand
{
    public ModelCommand()
        : base("model", "Look at a model's directory")
    {
        Add(new ModelInspectCommand());
    }

    public IReadOnlyList<string> Examples => ["align model inspect models/SmolLM2-135M-Instruct"];
}
