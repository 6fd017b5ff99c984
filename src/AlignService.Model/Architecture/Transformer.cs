using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture.Attention;
using AlignService.Model.Architecture.Positions;
using AlignService.Model.Native;
using AlignService.Model.Parameters;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>
/// A causal language model: token ids in, hidden states and logits out. Owns its parameters, which have the names of the checkpoint.
/// One thread at a time; gradients flow unless the caller works under no_grad.
/// </summary>
public sealed class Transformer : IDisposable
{
    private readonly ParameterSet _parameters;
    private readonly PositionTables _tables;
    private readonly TransformerParts _baseParts;
    private TransformerParts _parts;
    private LowRankAdapter? _adapter;

    internal Transformer(TransformerConfig config, ParameterSet parameters)
    {
        (Config, _parameters) = (config, parameters);
        Dtype = parameters[$"{config.Names.FinalNorm}.weight"].dtype;
        _parts = _baseParts = new TransformerBuilder(config, new AdaptedParameters(parameters, adapter: null)).Build();
        _tables = new PositionTables(config, Dtype, Device);
    }

    public TransformerConfig Config { get; }

    public Device Device => _baseParts.Embedding.device;

    /// <summary>The dtype of the computation, and of the parameters unless their matrices are held in another one.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Number of parameters; a tied head counts once.</summary>
    public long ParameterCount => _parameters.All.Sum(entry => entry.Parameter.numel());

    /// <summary>
    /// The total length that sequences will reach, in tokens, for models whose rotary positions depend on it; set it once, before the first pass, to make sampling and training agree.
    /// null: in a full pass each row uses its own length, and decoding, whose cached keys cannot change, is refused.
    /// </summary>
    public long? PlannedLength { get; set; }

    /// <summary>
    /// Blocks keep only their inputs for the backward pass and recompute the rest in it: a fraction of the memory for a third more time, with bit-identical gradients.
    /// Must be off for second derivatives and autograd.grad. Without gradients it has no effect.
    /// </summary>
    public bool ActivationCheckpointing { get; set; }

    /// <summary>Passes over whole sequences use only what can be differentiated twice: no fused attention, no activation checkpointing. Slower, and needs more memory.</summary>
    public bool TwiceDifferentiable { get; set; }

    /// <summary>The active adapter; null (the default): none, and every number is bit-identical to the base's. Borrowed; must outlive its use here.</summary>
    /// <exception cref="ArgumentException">The adapter was made for a model with other layers or sizes.</exception>
    public LowRankAdapter? Adapter
    {
        get => _adapter;
        set
        {
            if (!ReferenceEquals(value, _adapter))
            {
                _parts = value is null ? _baseParts : new TransformerBuilder(Config, Adapted(value)).Build();
                _adapter = value;
            }
        }
    }

    /// <summary>[V, C]: the matrix that turns hidden states into logits; the token embedding where the head is tied. Without the adapter's update. Borrowed.</summary>
    public Tensor HeadWeight => Head.Weight;

    internal LanguageModelHead Head => _parts.Head ?? throw new InvalidOperationException("This model is a body without a language-model head: it has no logits.");

    /// <summary>Whether the active adapter makes head and embedding differ.</summary>
    internal bool AdaptsTiedHead => Head.IsAdapted || !ReferenceEquals(HeadWeight, _parts.Embedding);

    /// <summary>The parameters with the active adapter.</summary>
    internal AdaptedParameters EffectiveParameters => new(_parameters, _adapter);

    internal ParameterSet Parameters => _parameters;

    /// <summary>All parameters by their checkpoint names, in the order of the forward pass; a tied head does not appear.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters() => _parameters.All;

    /// <summary>All parameters in full precision: the float32 masters of trained bfloat16 parameters, the others themselves. This is what files hold. Borrowed.</summary>
    public IEnumerable<(string Name, Tensor Value)> ExactParameters() => _parameters.All.Select(entry => (entry.Name, _parameters.Exact(entry.Name)));

    /// <summary>The float32 masters that an optimizer updates instead of trained bfloat16 parameters, by name; empty where there are none. Borrowed.</summary>
    public IReadOnlyDictionary<string, Tensor> Masters => _parameters.Masters;

    /// <summary>Rounds the masters into their parameters, after they were written to.</summary>
    public void TakeMasters() => _parameters.TakeMasters();

    /// <summary>What training updates: the active adapter's tensors, or all parameters without one.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> TrainedParameters() => _adapter?.NamedParameters() ?? NamedParameters();

    /// <summary>Hidden states after the final norm.</summary>
    /// <param name="tokenIds">[B, T] int64; rows may be padded on the right with any id of the vocabulary.</param>
    /// <param name="lengths">[B] int64, tokens of each row that count; null: all. The result is undefined at padded positions.</param>
    /// <returns>[B, T, C].</returns>
    public Tensor Hidden(Tensor tokenIds, Tensor? lengths = null)
    {
        using var scope = NewDisposeScope();
        CheckIds(tokenIds, lengths, tokenIds.size(1));
        Tensor hidden = PlannedLength is null && lengths is not null && tokenIds.size(1) > Config.LengthBoundary
            ? EachOnItsSide(tokenIds, lengths, Config.LengthBoundary.Value)
            : Whole(tokenIds, PlannedLength ?? tokenIds.size(1));
        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>A fully allocated cache for <see cref="Decode"/>.</summary>
    /// <param name="rows">Sequences that are continued together.</param>
    /// <param name="capacity">Tokens that a row can hold, padding included.</param>
    internal KvCache CreateCache(long rows, long capacity) => KvCache.Create(Config, Dtype, Device, rows, capacity);

    /// <summary>Hidden states of new tokens after those in the cache, which they are added to. Call under no_grad.</summary>
    /// <param name="tokenIds">[B, T] int64: the prompts first, then one token per row.</param>
    /// <param name="cache">Its rows are the batch.</param>
    /// <param name="lengths">[B] int64, tokens of each row that count where the others are padding on the right (at least 1); null: all.</param>
    /// <returns>[B, T, C].</returns>
    internal Tensor Decode(Tensor tokenIds, KvCache cache, Tensor? lengths = null)
    {
        if (is_grad_enabled())
        {
            throw new InvalidOperationException("A cache keeps no gradient: call Decode under no_grad.");
        }

        if (PlannedLength is null && Config.LengthBoundary is { } boundary)
        {
            throw new InvalidOperationException($"This model's rotary positions differ beyond {boundary} tokens: set PlannedLength, the length that the sequences will reach, before decoding.");
        }

        using var scope = NewDisposeScope();
        cache.Begin(tokenIds.size(1));
        try
        {
            CacheStep step = cache.CurrentStep;
            CheckIds(tokenIds, lengths, step.LargestPosition + 1);
            ForwardPass pass = ForwardPass.Continuing(_tables, cache, step.Count, PlannedLength ?? (step.LargestPosition + 1));
            Tensor hidden = Run(tokenIds, LearnedPositions(step), pass);
            cache.Commit(lengths);
            return hidden.MoveToOuterDisposeScope();
        }
        finally
        {
            cache.Abandon();
        }
    }

    /// <param name="hidden">[..., C] after the final norm.</param>
    /// <returns>[..., V] in float32 (float64 where the model computes in it).</returns>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        Tensor logits = Head.Apply(hidden);
        logits = Dtype == ScalarType.Float64 ? logits : logits.to(ScalarType.Float32);
        if (Config.LogitSoftcap is { } cap)
        {
            logits = (logits / cap).tanh() * cap;
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>Releases ownership of the parameters; the model must not be used afterwards.</summary>
    internal ParameterSet ReleaseParameters()
    {
        _tables.Dispose();
        return _parameters;
    }

    public void Dispose()
    {
        _parameters.Dispose();
        _tables.Dispose();
    }

    private Tensor Whole(Tensor tokenIds, long sequenceLength)
    {
        long tokenCount = tokenIds.size(1);
        return Run(tokenIds, _parts.Positions?.narrow(0, 0, tokenCount), ForwardPass.Whole(_tables, tokenCount, sequenceLength, TwiceDifferentiable));
    }

    /// <summary>Each row uses its own length, not that of its batch.</summary>
    private Tensor EachOnItsSide(Tensor tokenIds, Tensor lengths, long boundary)
    {
        Tensor beyond = lengths.gt(boundary).reshape(-1);
        Tensor near = beyond.logical_not().nonzero().view(-1), far = beyond.nonzero().view(-1);
        (Tensor Rows, long Length)[] sides = [.. new[] { (near, boundary), (far, tokenIds.size(1)) }.Where(side => side.Item1.size(0) > 0)];
        Tensor order = cat([.. sides.Select(side => side.Rows)]).argsort();
        return cat([.. sides.Select(side => Whole(tokenIds.index_select(0, side.Rows), side.Length))]).index_select(0, order);
    }

    private Tensor Run(Tensor tokenIds, Tensor? positions, ForwardPass pass)
    {
        SignalStack.Enlarge();
        Tensor state = _parts.Embedding.index_select(0, tokenIds.reshape(-1)).view(tokenIds.size(0), tokenIds.size(1), Config.HiddenSize).to(Dtype);
        state = Config.EmbeddingScale == 1 ? state : state * Config.EmbeddingScale;
        state = positions is null ? state : state + positions;
        bool checkpointing = ActivationCheckpointing && !TwiceDifferentiable && is_grad_enabled();
        TransformerBlock[] blocks = _parts.Blocks;
        for (int i = 0; i < blocks.Length; i++)
        {
            Tensor next = checkpointing ? CheckpointedBlock.Run(blocks[i], state, pass, i, _adapter) : blocks[i].Apply(state, pass, i);
            state.Dispose();
            state = next;
        }

        return _parts.FinalNorm.Apply(state);
    }

    private Tensor? LearnedPositions(CacheStep step)
    {
        if (_parts.Positions is not { } table)
        {
            return null;
        }

        return step.Positions is { } positions
            ? table.index_select(0, positions.reshape(-1)).view(positions.size(0), positions.size(1), Config.HiddenSize)
            : table.narrow(0, step.FirstSlot, step.Count);
    }

    private AdaptedParameters Adapted(LowRankAdapter adapter)
    {
        if (!adapter.Fits(Config))
        {
            throw new ArgumentException("The adapter was made for a model with other layers or sizes.", nameof(adapter));
        }

        return new AdaptedParameters(_parameters, adapter);
    }

    private void CheckIds(Tensor tokenIds, Tensor? lengths, long end)
    {
        if (tokenIds.dim() != 2 || tokenIds.dtype != ScalarType.Int64 || (lengths is not null && lengths.numel() != tokenIds.size(0)))
        {
            throw new ArgumentException("Token ids must be int64 [B, T], lengths int64 [B].", nameof(tokenIds));
        }

        if (end > Config.MaxPositions)
        {
            throw new CheckpointException($"A sequence of {end} tokens is longer than the model's context of {Config.MaxPositions} (max_position_embeddings); shorten the prompt or the completion.");
        }
    }
}
