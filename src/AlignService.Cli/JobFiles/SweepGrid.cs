using System.Globalization;
using AlignService.Cli.Output;

namespace AlignService.Cli.JobFiles;

/// <summary>Every combination of the values of some fields.</summary>
internal static class SweepGrid
{
    /// <summary>One call of the server takes no more.</summary>
    private const int MostJobs = 100;

    /// <param name="tree">One job.</param>
    /// <param name="fields">FIELD=[VALUE, VALUE, ...].</param>
    /// <param name="label">Value of the label `sweep`, by which the jobs are found again.</param>
    /// <exception cref="CommandException">A field has no list of values, the jobs are too many, or one of them is not valid.</exception>
    public static PipelineFile Expand(JobTree tree, IReadOnlyList<string> fields, string label)
    {
        List<SettingOverride> grid = [.. fields.Select(Parse)];
        IEnumerable<IReadOnlyList<SettingOverride>> points = [[]];
        foreach (SettingOverride field in grid)
        {
            points = points.SelectMany(point => ((SourceList)field.Value).Items.Select(value => (IReadOnlyList<SettingOverride>)[.. point, field.With(value)]));
        }

        List<IReadOnlyList<SettingOverride>> all = [.. points.Take(MostJobs + 1)];
        if (all.Count is < 2 or > MostJobs)
        {
            throw new CommandException(ExitCode.BadInput, all.Count < 2 ? "The grid has one point; give two values or more of a field." : $"The grid has more than {MostJobs} points; give fewer values.");
        }

        string title = tree.Root is SourceMap map && map.Entries.FirstOrDefault(entry => entry.Key == "display_name")?.Value is SourceScalar name ? name.Text : label;
        List<Fault> faults = [];
        List<PipelineJob> jobs = [];
        foreach ((int index, IReadOnlyList<SettingOverride> point) in all.Index())
        {
            (JobFile file, IReadOnlyList<Fault> own) = JobFile.Read(tree.With(point));
            faults.AddRange(own.Where(fault => !faults.Contains(fault)));
            file.Spec.Labels["sweep"] = label;
            file.Spec.DisplayName = $"{title} {string.Join(' ', point.Select(Words))}";
            jobs.Add(new PipelineJob(string.Create(CultureInfo.InvariantCulture, $"point-{index + 1}"), file));
        }

        JobTree.ThrowIfAny(faults, tree.Path);
        return new PipelineFile(tree.Path, jobs);
    }

    private static SettingOverride Parse(string text)
    {
        SettingOverride field = SettingOverride.Parse(text);
        return field.Value is SourceList { Items.Count: > 0 } ? field : throw new CommandException(ExitCode.BadInput, $"--grid {SourceNode.Shortened(text)} has no list of values; write for example --grid seed=[1,2,3].");
    }

    private static string Words(SettingOverride setting) => $"{setting.Field[(setting.Field.LastIndexOf('.') + 1)..]}={(setting.Value is SourceScalar scalar ? SourceNode.Shortened(scalar.Text) : setting.Value.Kind)}";
}
