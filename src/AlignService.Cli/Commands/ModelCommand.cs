using System.CommandLine;

namespace AlignService.Cli.Commands;

/// <summary>`align model`: commands for model directories.</summary>
internal sealed class ModelCommand : Command, IExplainedCommand
{
    public ModelCommand()
        : base("model", "Inspect a model directory, merge an adapter into its base, or convert older formats")
    {
        Add(new ModelInspectCommand());
        Add(new ModelMergeCommand());
        Add(new ModelConvertCommand());
        Add(new ConvertWeightsCommand());
    }

    public IReadOnlyList<string> Examples => ["align model inspect models/SmolLM2-135M-Instruct"];
}
