using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Server.Validation;
using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Violations;
using AlignService.Text.Tokenization;

namespace AlignService.Server.Datasets;

/// <summary>A text as a model reads or learns it.</summary>
/// <param name="Label">prompt, example, chosen or rejected.</param>
/// <param name="Tokens">Only those of the completion are learned.</param>
internal sealed record EncodedText(string Label, TokenSequence Tokens);

/// <summary>Encodes rows as the trainers do.</summary>
internal sealed class RowEncoder
{
    private readonly bool _isClassifier;
    private readonly PromptEncoder _prompts;
    private readonly ExampleEncoder _examples;
    private readonly Func<Preference, PreferencePair> _policyPairs, _rewardPairs;

    private RowEncoder(ModelFolder model, Tokenizer tokenizer, TransformerConfig config, int? maxLength, CancellationToken cancellationToken)
    {
        EmbeddingRows rows = new(tokenizer, config.VocabSize);
        Tokenizer = tokenizer;
        MaxLength = Math.Min(maxLength ?? model.ContextLength, model.ContextLength);
        _isClassifier = model.IsClassifier;
        _prompts = new PromptEncoder(rows, cancellationToken);
        _examples = new ExampleEncoder(tokenizer, config, cancellationToken);
        _policyPairs = PairEncoder.ForPolicy(_examples);
        _rewardPairs = PairEncoder.ForRewardModel(rows, cancellationToken);
    }

    public Tokenizer Tokenizer { get; }

    /// <summary>Tokens that a sequence may have.</summary>
    public int MaxLength { get; }

    /// <param name="directory">Of a model or an adapter.</param>
    /// <param name="maxLength">Tokens that a sequence may have; null is the model's context.</param>
    /// <param name="cancellationToken">Nobody waits for rows any more; ends the work in the middle of one.</param>
    /// <exception cref="InvalidRequestException">The model cannot be used.</exception>
    public static RowEncoder Of(string directory, int? maxLength, CancellationToken cancellationToken)
    {
        if (maxLength < 1)
        {
            throw new InvalidRequestException("max_length", $"it is {maxLength}; it must be at least 1.");
        }

        try
        {
            ModelFolder model = KnownModels.Read(directory);
            return new RowEncoder(model, KnownTokenizers.Load(model.Directory), HuggingFaceDirectory.ReadConfig(model.Directory), maxLength, cancellationToken);
        }
        catch (CheckpointException fault)
        {
            throw new InvalidRequestException("model", fault.Message);
        }
    }

    public IReadOnlyList<EncodedText> Encode(Prompt prompt) => [new("prompt", new TokenSequence(_prompts.Encode(prompt), []))];

    public IReadOnlyList<EncodedText> Encode(Example example) => [new("example", _examples.Encode(example))];

    public IReadOnlyList<EncodedText> Encode(Preference preference, bool rewardModel)
    {
        PreferencePair pair = (rewardModel || _isClassifier ? _rewardPairs : _policyPairs)(preference);
        return [new("chosen", pair.Chosen), new("rejected", pair.Rejected)];
    }
}
