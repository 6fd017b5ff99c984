namespace AlignService.Model.Decoding.Simd;

/// <summary>
/// One pass of rows through the model, in phases whose items are rows or outputs. No sum is ever split between items, so neither
/// the threads nor the other rows change a number.
/// </summary>
internal sealed unsafe class DecoderPass : IPhasedWork, IDisposable
{
    /// <summary>Approximate multiply-adds per value of a row's norm or rotation.</summary>
    private const int CostOfValue = 8;

    private readonly DecoderWeights _weights;
    private readonly DecoderShape _shape;
    private readonly RotaryAngles _angles;
    private readonly WorkTeam _team;
    private readonly DecoderBuffers _buffers;
    private readonly AttentionStep _attention;
    private readonly DecoderPhase[] _phases;
    private readonly WorkShare[] _shares;
    private DecoderRow[] _rows = [];
    private int _rowCount;
    private int _firstLogitRow;

    public DecoderPass(DecoderWeights weights, RotaryAngles angles, WorkTeam team)
    {
        (_weights, _shape, _angles, _team) = (weights, weights.Shape, angles, team);
        _buffers = new DecoderBuffers(_shape, team.WorkerCount);
        _attention = new AttentionStep(_shape, angles, _buffers);
        _phases = DecoderPhase.Of(_shape);
        _shares = new WorkShare[Enum.GetValues<DecoderPhaseKind>().Length];
    }

    public int PhaseCount => _firstLogitRow < _rowCount ? _phases.Length : _phases.Length - 1;

    /// <summary>[R, V] of the rows from the first requested one on; the others are unchanged. Valid until the next pass.</summary>
    public RowBlock Run(ReadOnlySpan<DecoderRow> rows, int firstLogitRow)
    {
        if (_rows.Length < rows.Length)
        {
            _rows = new DecoderRow[rows.Length];
        }

        rows.CopyTo(_rows);
        (_rowCount, _firstLogitRow) = (rows.Length, firstLogitRow);
        int lastPosition = 0;
        foreach (DecoderRow row in rows)
        {
            lastPosition = Math.Max(lastPosition, row.Position);
        }

        _buffers.EnsureRows(rows.Length);
        _angles.EnsurePositions(lastPosition + 1);
        Share(lastPosition + 1);
        _team.Run(this);
        return _buffers.Logits;
    }

    public int ItemCount(int phase) => _shares[(int)_phases[phase].Kind].ItemCount;

    public void Do(int phase, int item, int worker)
    {
        (DecoderPhaseKind kind, int layer) = _phases[phase];
        (int start, int end) = _shares[(int)kind].Item(item);
        DecoderLayerWeights weights = _weights.Layers[layer];
        switch (kind)
        {
            case DecoderPhaseKind.Embed:
                Embed(start, end);
                break;
            case DecoderPhaseKind.NormalizeForAttention:
                Normalize(weights.NormBeforeAttention, start, end);
                break;
            case DecoderPhaseKind.ProjectQueryKeyValue:
                weights.QueryKeyValue.Multiply(_buffers.Normed, _rowCount, (start, end), _buffers.QueryKeyValue.Right(start * PanelBlock.Width), accumulate: false);
                break;
            case DecoderPhaseKind.Remember:
                Remember(layer, start, end);
                break;
            case DecoderPhaseKind.Attend:
                Attend(layer, start, end, worker);
                break;
            case DecoderPhaseKind.AddAttention:
                weights.AttentionOutput.Multiply(_buffers.Mixed, _rowCount, (start, end), _buffers.Hidden.Right(start * PanelBlock.Width), accumulate: true);
                break;
            case DecoderPhaseKind.NormalizeForFeedForward:
                Normalize(weights.NormBeforeFeedForward, start, end);
                break;
            case DecoderPhaseKind.Gate:
                Gate(weights.GateUp, start, end, _buffers.Panels[worker]);
                break;
            case DecoderPhaseKind.AddFeedForward:
                weights.Down.Multiply(_buffers.Gated, _rowCount, (start, end), _buffers.Hidden.Right(start * PanelBlock.Width), accumulate: true);
                break;
            case DecoderPhaseKind.NormalizeForHead:
                Normalize(_weights.FinalNorm, start, end);
                break;
            default:
                RowBlock logits = _buffers.Logits.Down(_firstLogitRow).Right(start * PanelBlock.Width);
                _weights.Head.Multiply(_buffers.Normed.Down(_firstLogitRow), _rowCount - _firstLogitRow, (start, end), logits, accumulate: false);
                break;
        }
    }

    public void Dispose() => _buffers.Dispose();

    private void Share(int positionCount)
    {
        DecoderLayerWeights layer = _weights.Layers[0];
        WorkShare byRow = WorkShare.Of(_rowCount, (long)_shape.Width * CostOfValue, granularity: 1);
        Set(DecoderPhaseKind.Embed, byRow);
        Set(DecoderPhaseKind.NormalizeForAttention, byRow);
        Set(DecoderPhaseKind.NormalizeForFeedForward, byRow);
        Set(DecoderPhaseKind.NormalizeForHead, byRow);
        Set(DecoderPhaseKind.Remember, WorkShare.Of(_rowCount, (long)_shape.QueryKeyValueWidth * CostOfValue, granularity: 1));
        long costOfHead = (2L * _shape.HeadWidth * _shape.GroupWidth * positionCount) + (positionCount * CostOfValue);
        Set(DecoderPhaseKind.Attend, WorkShare.Of(_rowCount * _shape.KeyValueHeadCount, costOfHead, granularity: 1));
        Set(DecoderPhaseKind.ProjectQueryKeyValue, ByPanel(layer.QueryKeyValue, _rowCount));
        Set(DecoderPhaseKind.AddAttention, ByPanel(layer.AttentionOutput, _rowCount));
        Set(DecoderPhaseKind.Gate, ByPanel(layer.GateUp, _rowCount));
        Set(DecoderPhaseKind.AddFeedForward, ByPanel(layer.Down, _rowCount));
        Set(DecoderPhaseKind.ProjectLogits, ByPanel(_weights.Head, _rowCount - _firstLogitRow));

        void Set(DecoderPhaseKind kind, WorkShare share) => _shares[(int)kind] = share;

        static WorkShare ByPanel(PackedMatrix matrix, int rowCount) =>
            WorkShare.Of(matrix.PanelCount, (long)rowCount * matrix.InputCount * PanelBlock.Width, PanelKernel.PanelGroup);
    }

    private void Embed(int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            _weights.Embedding.CopyRow(_rows[row].TokenId, new Span<float>(_buffers.Hidden.Row(row), _shape.Width));
        }
    }

    private void Normalize(AlignedBuffer weight, int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            RowKernels.Normalize(_buffers.Hidden.Row(row), weight.Pointer, _buffers.Normed.Row(row), _shape.Width, _shape.NormEpsilon);
        }
    }

    private void Remember(int layer, int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            _attention.Remember(_rows[row], _buffers.QueryKeyValue.Row(row), layer);
        }
    }

    private void Attend(int layer, int start, int end, int worker)
    {
        int groupFloats = _shape.GroupWidth * _shape.HeadWidth;
        for (int i = start; i < end; i++)
        {
            (int row, int head) = Math.DivRem(i, _shape.KeyValueHeadCount);
            int offset = head * groupFloats;
            _attention.Attend(_rows[row], _buffers.QueryKeyValue.Row(row) + offset, _buffers.Mixed.Row(row) + offset, (layer, head), worker);
        }
    }

    /// <summary>Panels of gates and of what they gate are side by side.</summary>
    private void Gate(PackedMatrix gateUp, int start, int end, RowBlock panels)
    {
        for (int first = start; first < end; first += PanelKernel.PanelGroup)
        {
            int last = Math.Min(end, first + PanelKernel.PanelGroup);
            gateUp.Multiply(_buffers.Normed, _rowCount, (first, last), panels, accumulate: false);
            for (int row = 0; row < _rowCount; row++)
            {
                for (int panel = first; panel < last; panel += 2)
                {
                    float* gate = panels.Row(row) + ((panel - first) * PanelBlock.Width);
                    RowKernels.GatePanel(gate, gate + PanelBlock.Width, _buffers.Gated.Row(row) + (panel / 2 * PanelBlock.Width));
                }
            }
        }
    }
}

/// <summary>A stage of a pass that begins when the previous one is done for all rows.</summary>
internal readonly record struct DecoderPhase(DecoderPhaseKind Kind, int Layer)
{
    /// <summary>All phases of a pass.</summary>
    public static DecoderPhase[] Of(DecoderShape shape)
    {
        DecoderPhaseKind[] inLayer =
        [
            DecoderPhaseKind.NormalizeForAttention,
            DecoderPhaseKind.ProjectQueryKeyValue,
            DecoderPhaseKind.Remember,
            DecoderPhaseKind.Attend,
            DecoderPhaseKind.AddAttention,
            DecoderPhaseKind.NormalizeForFeedForward,
            DecoderPhaseKind.Gate,
            DecoderPhaseKind.AddFeedForward,
        ];
        return
        [
            new(DecoderPhaseKind.Embed, 0),
            .. Enumerable.Range(0, shape.LayerCount).SelectMany(layer => inLayer.Select(kind => new DecoderPhase(kind, layer))),
            new(DecoderPhaseKind.NormalizeForHead, 0),
            new(DecoderPhaseKind.ProjectLogits, 0),
        ];
    }
}

internal enum DecoderPhaseKind
{
    Embed,
    NormalizeForAttention,
    ProjectQueryKeyValue,

    /// <summary>Queries and keys are rotated to their positions; keys and values are stored.</summary>
    Remember,
    Attend,
    AddAttention,
    NormalizeForFeedForward,

    /// <summary>The first half of the feed-forward layer.</summary>
    Gate,
    AddFeedForward,
    NormalizeForHead,
    ProjectLogits,
}
