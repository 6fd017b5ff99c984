using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_labels`, by which lists are filtered.</summary>
internal static class JobLabelTable
{
    public const string Insert = "job_labels (job_id, label_key, label_value)";

    public static IEnumerable<object?[]> RowsOf(NewJob job) => job.StoredSpec.Labels.Select(label => new object?[] { job.Id.Value, label.Key.ToSearchable(), label.Value.ToSearchable() });
}
