namespace AlignService.Model.Decoding.Simd;

/// <summary>Work in phases of independent items; a phase begins when the one before it is done.</summary>
internal interface IPhasedWork
{
    int PhaseCount { get; }

    /// <summary>At least one.</summary>
    int ItemCount(int phase);

    /// <param name="phase">The phase.</param>
    /// <param name="item">Which of its items.</param>
    /// <param name="worker">Who does it: a worker does one item at a time.</param>
    void Do(int phase, int item, int worker);
}
