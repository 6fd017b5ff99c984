using System.Collections.Concurrent;
using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Store.Tables;

/// <summary>
/// Specs that were read lately. A spec never changes once its job is created, and every change of the job reads it: a list of 50 jobs would parse 50 of them each time.
/// </summary>
internal sealed class KnownSpecs
{
    private const int Generation = 2000;

    /// <summary>In characters; a longer one, with scripts and schemas, costs more memory than time.</summary>
    private const int LongestJson = 16_384;

    private ConcurrentDictionary<JobId, (string Json, JobSpec Spec)> _young = new();
    private ConcurrentDictionary<JobId, (string Json, JobSpec Spec)> _old = new();

    public static KnownSpecs Shared { get; } = new();

    /// <param name="id">The job.</param>
    /// <param name="json">As stored; two databases may know jobs of one name.</param>
    public JobSpec Read(JobId id, string json)
    {
        if (_young.TryGetValue(id, out (string Json, JobSpec Spec) known) && known.Json == json)
        {
            return known.Spec;
        }

        JobSpec spec = _old.TryGetValue(id, out known) && known.Json == json ? known.Spec : JobSpecWire.FromJson(json);
        Remember(id, json, spec);
        return spec;
    }

    /// <param name="id">The job.</param>
    /// <param name="json">As it is stored.</param>
    /// <param name="spec">What reading it gives.</param>
    public void Remember(JobId id, string json, JobSpec spec)
    {
        if (json.Length > LongestJson)
        {
            return;
        }

        _young[id] = (json, spec);
        if (_young.Count > Generation)
        {
            // What is not asked for again while a generation fills is forgotten.
            _old = Interlocked.Exchange(ref _young, new());
        }
    }
}
