using System.CommandLine;
using System.Text.Json;
using AlignService.Cli.Conversion.Weights;
using AlignService.Cli.Output;

namespace AlignService.Cli.Commands;

/// <summary>What `align model convert` runs in a process of its own; internal.</summary>
internal sealed class ConvertWeightsCommand : Command
{
    private readonly Argument<string> _source = new("SOURCE") { Description = "The model's directory" };
    private readonly Argument<string> _target = new("TARGET") { Description = "An existing directory without weights" };
    private readonly Option<bool> _json = new("--json") { Description = "Also write errors as JSON" };

    public ConvertWeightsCommand()
        : base(WeightProcess.Verb, "Convert torch.save files to safetensors")
    {
        Hidden = true;
        Add(_source);
        Add(_target);
        Add(_json);
        this.Run(_json, RunAsync);
    }

    private Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        ConvertedWeights converted = WeightConverter.Convert(result.GetRequiredValue(_source), result.GetRequiredValue(_target));
        Console.Out.WriteLine(JsonSerializer.Serialize(converted));
        return Task.FromResult(ExitCode.Ok);
    }
}
