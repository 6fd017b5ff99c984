using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>
/// Keys and values of the tokens that a model has seen, for decoding. All rows advance together, slot by slot; rows whose prompts were padded on the right
/// keep their own positions, and their padding is never attended to. Not thread-safe; used under no_grad.
/// </summary>
internal sealed class KvCache : IDisposable
{
    private readonly Tensor[] _keys; // [B, Hkv, capacity, D] a block
    private readonly Tensor[] _values;
    private readonly Device _device;
    private Tensor? _slotPositions; // [B, capacity]; null while every slot holds its own position
    private Tensor? _lengths; // [B]; null likewise
    private long _longest;

    private KvCache(Tensor[] keys, Tensor[] values, long capacity, Device device) =>
        (_keys, _values, Capacity, _device) = (keys, values, capacity, device);

    public long Rows => _keys[0].size(0);

    /// <summary>Tokens that a row can hold, padding included.</summary>
    public long Capacity { get; }

    /// <summary>Tokens that the rows hold, padding included.</summary>
    public long Used { get; private set; }

    /// <summary>The tokens being added; null between two passes.</summary>
    internal CacheStep? Step { get; private set; }

    /// <summary>A cache for the given rows, fully allocated.</summary>
    internal static KvCache Create(TransformerConfig config, ScalarType dtype, Device device, long rows, long capacity)
    {
        long[] shape = [rows, config.KeyValueHeadCount, capacity, config.HeadDim];
        return new KvCache(Memory(), Memory(), capacity, device);

        Tensor[] Memory() => [.. config.Layers.Select(_ => empty(shape, dtype, device).DetachFromDisposeScope())];
    }

    /// <summary>
    /// A new cache with every row repeated <paramref name="group"/> times, adjacent (row r becomes rows r * group .. r * group + group - 1): prompts computed once serve all their completions.
    /// </summary>
    public KvCache Expand(int group, long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(group, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, Used);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return new KvCache([.. _keys.Select(Repeat)], [.. _values.Select(Repeat)], capacity, _device)
        {
            Used = Used,
            _longest = _longest,
            _slotPositions = _slotPositions is null ? null : Widened(_slotPositions.repeat_interleave(group, 0), capacity),
            _lengths = _lengths?.repeat_interleave(group, 0).DetachFromDisposeScope(),
        };

        Tensor Repeat(Tensor source)
        {
            Tensor target = empty([Rows * group, source.size(1), capacity, source.size(3)], source.dtype, _device);
            Tensor used = source.narrow(2, 0, Used).unsqueeze(1);
            target.view(Rows, group, source.size(1), capacity, source.size(3)).narrow(3, 0, Used).copy_(used);
            return target.DetachFromDisposeScope();
        }
    }

    /// <summary>
    /// A new cache with the rows of all, in order; each row's tokens are in its leading slots, without padding between them.
    /// </summary>
    /// <param name="caches">Of one model; at least one. They are not changed.</param>
    /// <param name="room">Room in every row beyond the longest, in tokens.</param>
    public static KvCache Join(IReadOnlyList<KvCache> caches, long room)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Device device = caches[0]._device;
        long[] lengths = [.. caches.SelectMany(cache => cache.RowLengths())];
        long longest = lengths.Max(), capacity = longest + room;
        var joined = new KvCache(JoinAll(cache => cache._keys), JoinAll(cache => cache._values), capacity, device) { Used = longest, _longest = longest };
        if (lengths.Any(length => length != longest))
        {
            joined._lengths = tensor(lengths, ScalarType.Int64, device).DetachFromDisposeScope();
            Tensor slots = arange(capacity, ScalarType.Int64, device).expand(lengths.Length, capacity);
            joined._slotPositions = slots.masked_fill(slots.ge(joined._lengths.unsqueeze(1)), -1).DetachFromDisposeScope();
        }

        return joined;

        Tensor[] JoinAll(Func<KvCache, Tensor[]> memory) =>
            [.. Enumerable.Range(0, memory(caches[0]).Length).Select(block => JoinBlock([.. caches.Select(cache => cache.LeadingTokens(memory(cache)[block]))]))];

        Tensor JoinBlock(Tensor[] parts)
        {
            Tensor target = empty([lengths.Length, parts[0].size(1), capacity, parts[0].size(3)], parts[0].dtype, device);
            long row = 0;
            foreach (Tensor part in parts)
            {
                Tensor rows = target.narrow(0, row, part.size(0));
                rows.narrow(2, 0, part.size(2)).copy_(part);
                rows.narrow(2, part.size(2), longest - part.size(2)).zero_(); // never attended to, but not a number times 0 is not 0
                row += part.size(0);
            }

            return target.DetachFromDisposeScope();
        }
    }

    /// <summary>Keeps only the given rows, in the given order.</summary>
    /// <param name="rows">[n] int64 row numbers.</param>
    public void Keep(Tensor rows)
    {
        using var noGrad = no_grad();
        for (int i = 0; i < _keys.Length; i++)
        {
            (_keys[i], _values[i]) = (Selected(_keys[i]), Selected(_values[i]));
        }

        _slotPositions = _slotPositions is null ? null : Replace(_slotPositions, _slotPositions.index_select(0, rows));
        _lengths = _lengths is null ? null : Replace(_lengths, _lengths.index_select(0, rows));
        _longest = RowLengths().Max();

        Tensor Selected(Tensor memory)
        {
            // Only the slots in use are copied.
            using var scope = NewDisposeScope();
            Tensor kept = empty([rows.size(0), memory.size(1), Capacity, memory.size(3)], memory.dtype, _device);
            kept.narrow(2, 0, Used).copy_(memory.narrow(2, 0, Used).index_select(0, rows));
            return Replace(memory, kept);
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values))
        {
            tensor.Dispose();
        }

        _slotPositions?.Dispose();
        _lengths?.Dispose();
    }

    /// <summary>The pass that <see cref="Begin"/> made room for.</summary>
    internal CacheStep CurrentStep => Step ?? throw new InvalidOperationException("The cache has no pass under way: Begin comes first.");

    /// <summary>Makes room for new tokens.</summary>
    internal void Begin(long count)
    {
        if (Used + count > Capacity)
        {
            throw new InvalidOperationException($"The cache holds {Used} of {Capacity} tokens per row and has no room for {count} more; create it with a larger capacity.");
        }

        Tensor? positions = null, slots = null;
        if (_lengths is not null && _slotPositions is not null)
        {
            positions = _lengths.unsqueeze(1) + arange(count, ScalarType.Int64, _device);
            _slotPositions.narrow(1, Used, count).copy_(positions);
            slots = _slotPositions.narrow(1, 0, Used + count);
        }

        Step = new CacheStep(Used, count, _longest + count - 1, positions, slots);
    }

    /// <summary>Stores a block's new keys and values [B, Hkv, T, D] and returns those of all slots.</summary>
    internal (Tensor Key, Tensor Value) Store(int index, Tensor key, Tensor value)
    {
        CacheStep step = CurrentStep;
        _keys[index].narrow(2, step.FirstSlot, step.Count).copy_(key);
        _values[index].narrow(2, step.FirstSlot, step.Count).copy_(value);
        return step.FirstSlot == 0 ? (key, value) : (_keys[index].narrow(2, 0, step.EndSlot), _values[index].narrow(2, 0, step.EndSlot));
    }

    /// <param name="lengths">[B] how many of the new tokens count, row by row; null: all.</param>
    internal void Commit(Tensor? lengths)
    {
        CacheStep step = CurrentStep;
        long first = step.FirstSlot, count = step.Count;
        Used = step.EndSlot;
        Step = null;
        _longest += count;
        if (lengths is null)
        {
            _lengths?.add_(count);
            return;
        }

        using var scope = NewDisposeScope();
        Tensor inStep = arange(count, ScalarType.Int64, _device);
        if (_lengths is null || _slotPositions is null)
        {
            _lengths = full([Rows], first, ScalarType.Int64, _device).DetachFromDisposeScope();
            _slotPositions = Widened(arange(Used, ScalarType.Int64, _device).expand(Rows, Used), Capacity);
        }

        Tensor padding = inStep.unsqueeze(0).ge(lengths.unsqueeze(1));
        Tensor slots = _slotPositions.narrow(1, first, count);
        slots.copy_(slots.masked_fill(padding, -1));
        _lengths.add_(lengths);
    }

    /// <summary>Discards a pass that failed half-way.</summary>
    internal void Abandon() => Step = null;

    private long[] RowLengths()
    {
        if (_lengths is null)
        {
            return [.. Enumerable.Repeat(Used, (int)Rows)];
        }

        using Tensor lengths = _lengths.cpu();
        return lengths.data<long>().ToArray();
    }

    /// <summary>A block's cached tensor with each row's tokens in order, without padding between them: [B, Hkv, longest row, D].</summary>
    private Tensor LeadingTokens(Tensor memory)
    {
        Tensor used = memory.narrow(2, 0, Used);
        if (_slotPositions is null)
        {
            return used;
        }

        Tensor positions = _slotPositions.narrow(1, 0, Used);
        Tensor slots = positions.masked_fill(positions.lt(0), long.MaxValue).argsort(1).narrow(1, 0, RowLengths().Max()); // [B, longest]
        return used.gather(2, slots.unsqueeze(1).unsqueeze(3).expand(Rows, memory.size(1), slots.size(1), memory.size(3)));
    }

    private Tensor Widened(Tensor positions, long capacity)
    {
        Tensor wide = full([positions.size(0), capacity], -1, ScalarType.Int64, _device);
        wide.narrow(1, 0, Used).copy_(positions.narrow(1, 0, Used));
        return wide.DetachFromDisposeScope();
    }

    private static Tensor Replace(Tensor old, Tensor replacement)
    {
        old.Dispose();
        return replacement.DetachFromDisposeScope();
    }
}

/// <summary>The tokens that are being added to a cache.</summary>
/// <param name="FirstSlot">Slots in use before them.</param>
/// <param name="Count">New tokens per row, padding included.</param>
/// <param name="LargestPosition">The last position that any row reaches.</param>
/// <param name="Positions">[B, Count] position of each new token; null: slot equals position everywhere.</param>
/// <param name="SlotPositions">[B, FirstSlot + Count] position of every slot's token, -1 where there is none; null as above.</param>
internal sealed record CacheStep(long FirstSlot, long Count, long LargestPosition, Tensor? Positions, Tensor? SlotPositions)
{
    internal long EndSlot => FirstSlot + Count;

    /// <summary>[Tq, 1] or [B, 1, Tq, 1].</summary>
    internal Tensor QueryPositions(Device device) =>
        Positions?.unsqueeze(1).unsqueeze(-1) ?? arange(FirstSlot, EndSlot, ScalarType.Int64, device).unsqueeze(1);

    /// <summary>[1, Tk] or [B, 1, 1, Tk].</summary>
    internal Tensor KeyPositions(Device device) =>
        SlotPositions?.unsqueeze(1).unsqueeze(1) ?? arange(EndSlot, ScalarType.Int64, device).unsqueeze(0);
}
