using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture.Positions;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>What all the blocks of one forward pass have in common: positions, masks, and the cache, if there is one.</summary>
internal sealed class ForwardPass
{
    private readonly Dictionary<RopeConfig, Rotation> _rotations = [];
    private readonly Dictionary<int, Tensor?> _windowMasks = [];
    private readonly Tensor? _mask;
    private readonly KvCache? _cache;

    private Func<ForwardPass>? _again;

    private ForwardPass(bool causal, Tensor? mask, KvCache? cache) => (Causal, _mask, _cache) = (causal, mask, cache);

    /// <summary>Queries and keys are the same tokens, so query i sees keys 0 .. i.</summary>
    internal bool Causal { get; }

    /// <summary>Use no fused kernel without a second derivative.</summary>
    internal bool TwiceDifferentiable { get; init; }

    /// <summary>Creates an equal pass: the tensors of this one may be disposed by the time it is needed again.</summary>
    internal Func<ForwardPass> Again => _again ?? throw new InvalidOperationException("A pass that continues from a cache changes it and cannot be repeated.");

    /// <summary>A pass over whole sequences.</summary>
    internal static ForwardPass Whole(PositionTables tables, long tokenCount, long sequenceLength, bool twiceDifferentiable = false)
    {
        var pass = new ForwardPass(causal: true, mask: null, cache: null)
        {
            TwiceDifferentiable = twiceDifferentiable,
            _again = () => Whole(tables, tokenCount, sequenceLength, twiceDifferentiable),
        };
        pass.Prepare(tables, rows => rows.Slice(0, tokenCount), tokenCount, sequenceLength);
        Tensor positions = arange(tokenCount, ScalarType.Int64, tables.Device);
        foreach (int window in tables.Windows)
        {
            pass._windowMasks[window] = window < tokenCount ? Seen(positions.unsqueeze(1), positions.unsqueeze(0), window) : null;
        }

        return pass;
    }

    /// <summary>A pass over new tokens after those in a cache; the cache has already made room for them.</summary>
    internal static ForwardPass Continuing(PositionTables tables, KvCache cache, long tokenCount, long sequenceLength)
    {
        CacheStep step = cache.CurrentStep;
        bool fresh = step.FirstSlot == 0;
        bool seesAll = fresh || (tokenCount == 1 && step.Positions is null);
        Tensor queries = step.QueryPositions(tables.Device), keys = step.KeyPositions(tables.Device);
        var pass = new ForwardPass(fresh, seesAll ? null : Seen(queries, keys, window: null), cache);
        Func<Rotation, Rotation> select = step.Positions is { } positions ? rows => rows.Pick(positions) : rows => rows.Slice(step.FirstSlot, tokenCount);
        pass.Prepare(tables, select, step.LargestPosition + 1, sequenceLength);
        foreach (int window in tables.Windows)
        {
            pass._windowMasks[window] = window <= step.LargestPosition ? Seen(queries, keys, window) : pass._mask;
        }

        return pass;
    }

    /// <summary>Used by the backward pass of this pass.</summary>
    internal GradientHandover Handover { get; } = new();

    internal Rotation Rotation(RopeConfig rope) => _rotations[rope];

    /// <summary>Boolean, true = visible; null: the causal triangle or everything, depending on <see cref="Causal"/>.</summary>
    internal Tensor? Mask(int? window) => window is { } width ? _windowMasks[width] : _mask;

    /// <summary>Stores a block's new keys and values and returns those to attend to.</summary>
    internal (Tensor Key, Tensor Value) Remember(int index, Tensor key, Tensor value) => _cache?.Store(index, key, value) ?? (key, value);

    private void Prepare(PositionTables tables, Func<Rotation, Rotation> select, long positionCount, long sequenceLength)
    {
        foreach ((RopeConfig rope, RotaryTable table) in tables.Rotary)
        {
            _rotations[rope] = select(table.Rows(positionCount, sequenceLength));
        }
    }

    private static Tensor Seen(Tensor queries, Tensor keys, int? window)
    {
        Tensor seen = keys.le(queries) & keys.ge(0);
        return window is { } width ? seen & keys.gt(queries - width) : seen;
    }
}

/// <summary>
/// The gradient on its way down through the blocks of one pass. What a hand-written backward pass returns stays alive in the caller's scope, one tensor per block; here each is disposed as soon as
/// the next exists.
/// </summary>
internal sealed class GradientHandover
{
    private Tensor? _last;

    /// <param name="received">The gradient that this block received; it is disposed.</param>
    /// <param name="passedOn">The one that it returns; null: none.</param>
    internal Tensor? Next(Tensor received, Tensor? passedOn)
    {
        received.Dispose();
        _last?.Dispose();
        return _last = passedOn?.MoveToOuterDisposeScope();
    }
}
