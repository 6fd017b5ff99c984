using AlignService.HuggingFace.Architecture;
using AlignService.Model.Parameters;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Checkpoints;

/// <summary>A transformer with a scalar head that scores a whole sequence (transformers' AutoModelForSequenceClassification with one label). Owns its body.</summary>
public sealed class RewardModelHead : IDisposable
{
    private readonly Parameter _score; // [1, C]

    internal RewardModelHead(TransformerConfig config, ParameterSet parameters)
    {
        Body = new Transformer(config with { Head = HeadKind.None }, parameters);
        _score = parameters[ParameterLayout.ScoreHead];
    }

    /// <summary>The transformer under the head; it has no logits.</summary>
    public Transformer Body { get; }

    /// <summary>
    /// A reward model that starts from a language model's weights with a new head (normal, the configuration's InitializerRange). The language model is consumed:
    /// its parameters belong to the result, and it must not be used or disposed afterwards.
    /// </summary>
    /// <param name="model">A causal language model.</param>
    /// <param name="padTokenId">The id that the score's position skips; null: the configuration's.</param>
    /// <param name="seed">Seed of the head's values.</param>
    public static RewardModelHead FromTransformer(Transformer model, int? padTokenId, ulong seed)
    {
        using var noGrad = no_grad();
        ParameterSet parameters = model.ReleaseParameters();
        parameters.Remove($"{model.Config.Names.Head}.weight");
        bool trainable = parameters.All.First().Parameter.requires_grad;
        Tensor score = empty([1, model.Config.HiddenSize], model.Dtype, model.Device);
        WeightInitializer.Fill(score, new CounterNormal(seed, ParameterLayout.ScoreHead), model.Config.InitializerRange);
        parameters.Add(ParameterLayout.ScoreHead, score, trainable);
        return new RewardModelHead(model.Config with { PadTokenId = padTokenId ?? model.Config.PadTokenId }, parameters);
    }

    /// <summary>All parameters by their checkpoint names, `score.weight` last.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters() => Body.NamedParameters();

    /// <summary>
    /// One score per row, read at the rightmost token within the row's length whose id is not the pad token's (by id, as in transformers: a row that actually ends with the pad token is read before it);
    /// without a pad token, at the last.
    /// </summary>
    /// <param name="tokenIds">[B, T] int64, padded on the right.</param>
    /// <param name="lengths">[B] int64, tokens of each row that count.</param>
    /// <returns>[B] in float32 (float64 where the model computes in it), with gradient.</returns>
    public Tensor Scores(Tensor tokenIds, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = Body.Hidden(tokenIds, lengths); // [B, T, C]
        Tensor places = arange(tokenIds.size(1), ScalarType.Int64, tokenIds.device).unsqueeze(0); // [1, T]
        Tensor counted = places.lt(lengths.unsqueeze(1));
        if (Body.Config.PadTokenId is { } pad)
        {
            counted &= tokenIds.ne(pad);
        }

        Tensor last = (places * counted.to(ScalarType.Int64)).amax([1]); // [B]
        Tensor index = last.view(-1, 1, 1).expand(-1, 1, hidden.size(2));
        Tensor summary = hidden.gather(1, index).squeeze(1); // [B, C]
        return Values(summary).MoveToOuterDisposeScope();
    }

    /// <summary>The head's output for given states, for a critic, which reads every token.</summary>
    /// <param name="hidden">[N, C] after the final norm of <see cref="Body"/>.</param>
    /// <returns>[N] in float32 (float64 where the model computes in it), with gradient.</returns>
    public Tensor Values(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        Tensor values = nn.functional.linear(hidden, _score.to(hidden.dtype)).squeeze(1);
        values = values.dtype == ScalarType.Float64 ? values : values.to(ScalarType.Float32);
        return values.MoveToOuterDisposeScope();
    }

    public void Dispose() => Body.Dispose();
}
