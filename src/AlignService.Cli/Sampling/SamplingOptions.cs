using System.CommandLine;
using AlignService.Cli.Output;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Cli.Sampling;

/// <summary>The options of commands that sample, and their ranges.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<double> _temperature = new("--temperature", "-t") { Description = "Divides the logits, in [0, 2]; 0 is greedy", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _topK = new("--top-k") { Description = "Keep the k likeliest tokens; 0 is off" };
    private readonly Option<double> _topP = new("--top-p") { Description = "Keep the likeliest tokens until their mass reaches this, in (0, 1]; 1 is off", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _minP = new("--min-p") { Description = "Keep tokens with at least this share of the largest probability, in [0, 1); 0 is off" };
    private readonly Option<double> _repetitionPenalty = new("--repetition-penalty") { Description = "Above 0; 1 is off", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _maxTokens = new("--max-tokens", "-n") { Description = "Maximum tokens of the answer [default: 256, or what the model's context has room for]", HelpName = "N" };
    private readonly Option<string[]> _stop = new("--stop") { Description = "Text that ends the answer; may be repeated", HelpName = "TEXT" };
    private readonly Option<ulong?> _seed;

    /// <param name="seed">What the help says of the seed.</param>
    public SamplingOptions(string seed) => _seed = new("--seed") { Description = seed, HelpName = "N" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _temperature, _topK, _topP, _minP, _repetitionPenalty, _maxTokens, _stop, _seed })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandException">Options are out of range; every fault is reported.</exception>
    public SamplingChoice Read(ParseResult result)
    {
        SamplingConfig config = new()
        {
            Temperature = result.GetValue(_temperature),
            TopK = result.GetValue(_topK),
            TopP = result.GetValue(_topP),
            MinP = result.GetValue(_minP),
            RepetitionPenalty = result.GetValue(_repetitionPenalty),
            StopStrings = result.GetValue(_stop) ?? [],
        };
        SamplingRanges.Check(config, result.GetValue(_maxTokens));
        return new SamplingChoice(config, result.GetValue(_maxTokens), result.GetValue(_seed));
    }
}

/// <summary>How an answer is sampled.</summary>
/// <param name="Config">How tokens are chosen; its length does not count.</param>
/// <param name="MaxTokens">Null: 256, or what the model's context has room for.</param>
/// <param name="Seed">Null: drawn anew for each answer.</param>
internal sealed record SamplingChoice(SamplingConfig Config, int? MaxTokens, ulong? Seed);
