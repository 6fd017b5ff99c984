using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;

namespace AlignService.Cli.Commands;

/// <summary>`align model merge`: a full checkpoint from an adapter and its base.</summary>
internal sealed class ModelMergeCommand : Command, IExplainedCommand
{
    private readonly Argument<string> _directory = new("DIR") { Description = "A PEFT directory: an adapter, or a checkpoint of a job that trained one" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "Output directory; must not exist yet", HelpName = "DIR", Required = true };
    private readonly Option<string?> _base = new("--base") { Description = "The adapter's base model [default: the one named in adapter_config.json]", HelpName = "DIR" };
    private readonly Option<string> _dtype = new("--dtype") { Description = "Number format of the written weights: as-stored (in the base), f32, bf16 or f16", DefaultValueFactory = _ => "as-stored" };
    private readonly Option<bool> _json = new("--json") { Description = "Write the result as one JSON document" };

    public ModelMergeCommand()
        : base("merge", "Merge an adapter into its base, write the full model, and report the largest change of any logit")
    {
        _dtype.AcceptOnlyFromAmong("as-stored", "f32", "bf16", "f16");
        Add(_directory);
        foreach (var option in new Option[] { _output, _base, _dtype, _json })
        {
            Add(option);
        }

        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align model merge data/jobs/a1b2c3d4/checkpoints/step-000200 --output models/merged",
        "align model merge adapters/qv --base models/SmolLM2-135M-Instruct --output models/merged --dtype f32",
    ];

    private Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string directory = result.GetRequiredValue(_directory), target = result.GetRequiredValue(_output);
        AdaptedModel model = result.GetValue(_base) is { } baseDirectory && PeftDirectory.IsAdapter(directory)
            ? new AdaptedModel(baseDirectory, directory)
            : AdaptedModel.At(directory);
        ModelIntegrity.Check(model, cancellationToken);
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        MergedCheckpoint merged = MergedCheckpoint.Write(model, target, Dtype(result.GetRequiredValue(_dtype)));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject
            {
                ["directory"] = Path.GetFullPath(target),
                ["base"] = model.BaseDirectory,
                ["max_logit_difference"] = merged.Merged.MaxLogitDifference,
                ["max_logit_difference_written"] = merged.Written.MaxLogitDifference,
                ["probe_tokens"] = merged.Merged.ProbeTokens,
            });
        }
        else
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFullPath(target)}: over {merged.Merged.ProbeTokens} tokens no logit differs from base and adapter by more than {merged.Merged.MaxLogitDifference:0.0e+00} merged in float32, {merged.Written.MaxLogitDifference:0.0e+00} as written."));
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private static StoredDtype? Dtype(string name) => name switch
    {
        "f32" => StoredDtype.Float32,
        "bf16" => StoredDtype.BFloat16,
        "f16" => StoredDtype.Float16,
        _ => null,
    };
}
