using System.Collections;
using AlignService.Specs.Binding;

namespace AlignService.Specs;

/// <summary>The models and data that a job reads, as its spec names them: resource names and paths.</summary>
public static class JobSources
{
    /// <summary>Each once, in the order of the spec.</summary>
    public static IReadOnlyList<string> Of(JobSpec spec)
    {
        List<string> found = [];
        Collect(spec, found);
        return [.. found.Distinct()];
    }

    private static void Collect(object record, List<string> found)
    {
        foreach (BoundProperty property in BoundRecord.PropertiesOf(record.GetType()))
        {
            object? value = property.Property.GetValue(record);
            switch (value)
            {
                case string { Length: > 0 } path when property.Setting is { IsPath: true }:
                    found.Add(path);
                    break;
                case IEnumerable items when property.IsList && BoundRecord.UnionOf(property.Type) is not null:
                    foreach (object item in items)
                    {
                        Collect(item, found);
                    }

                    break;
                case not null when property.Group is not null:
                    Collect(value, found);
                    break;
                default:
                    break;
            }
        }
    }
}
