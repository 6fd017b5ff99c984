namespace AlignService.Model.Sampling;

/// <summary>What keys the random streams of one sampling phase; prompt, sample and position complete the key.</summary>
/// <param name="Seed">The job's seed.</param>
/// <param name="Step">The step of the job; 0 or more.</param>
public readonly record struct SamplingKey(ulong Seed, int Step);
