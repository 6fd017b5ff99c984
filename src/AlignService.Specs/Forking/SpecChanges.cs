using System.Collections;
using AlignService.Specs.Binding;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Forking;

/// <summary>
/// A spec with some settings changed. What is given replaces what was there: single values and lists as a whole, labels by key, blocks field by field; a source of data
/// that names other rows replaces the whole block.
/// </summary>
public static class SpecChanges
{
    private const string Inline = "inline", File = "file";

    /// <param name="source">Whole, with every default filled in; not changed.</param>
    /// <param name="changes">Only what is to be different.</param>
    /// <param name="violations">Collects what cannot be changed.</param>
    public static Wire.JobSpec Apply(Wire.JobSpec source, Wire.JobSpec changes, ViolationList violations)
    {
        Wire.JobSpec changed = source.Clone();
        changed.After.Clear(); // those of the source have ended, or the source would not have a checkpoint
        if (changes.KindCase != Wire.JobSpec.KindOneofCase.None && changes.KindCase != source.KindCase)
        {
            violations.Add(
                $"{JobSpecWire.Path}.{NameOf(changes)}",
                $"the forked job is of the kind {NameOf(source)}, and a fork is of the same; submit a new job with the checkpoint as its model instead.",
                ViolationCode.Conflict);
            return changed;
        }

        Merge(changed, changes);
        return changed;
    }

    /// <summary>A spec with another number of steps.</summary>
    public static Wire.JobSpec WithSteps(Wire.JobSpec source, int steps)
    {
        Wire.JobSpec changed = source.Clone();
        IMessage kind = KindOf(changed);
        FieldDescriptor block = kind.Descriptor.FindFieldByName("algorithm") ?? kind.Descriptor.FindFieldByName("training");
        var settings = (IMessage)block.Accessor.GetValue(kind); // written with every default, so it is there
        settings.Descriptor.FindFieldByName("steps").Accessor.SetValue(settings, steps);
        return changed;
    }

    internal static IMessage KindOf(Wire.JobSpec spec) => (IMessage)Wire.JobSpec.Descriptor.FindFieldByNumber((int)spec.KindCase).Accessor.GetValue(spec);

    private static string NameOf(Wire.JobSpec spec) => Wire.JobSpec.Descriptor.FindFieldByNumber((int)spec.KindCase).Name;

    private static void Merge(IMessage target, IMessage changes)
    {
        foreach (FieldDescriptor field in changes.Descriptor.Fields.InDeclarationOrder().Where(field => ValueConversion.IsGiven(field, changes)))
        {
            object given = field.Accessor.GetValue(changes);
            if (field.IsMap)
            {
                MergeMap((IDictionary)field.Accessor.GetValue(target), (IDictionary)given);
            }
            else if (field.IsRepeated)
            {
                Replace((IList)field.Accessor.GetValue(target), (IList)given);
            }
            else if (given is IMessage block and not Duration && field.Accessor.GetValue(target) is IMessage before && !NamesOtherRows(block))
            {
                Merge(before, block);
            }
            else
            {
                field.Accessor.SetValue(target, given);
            }
        }
    }

    private static void MergeMap(IDictionary target, IDictionary given)
    {
        foreach (DictionaryEntry entry in given)
        {
            target[entry.Key] = entry.Value;
        }
    }

    private static void Replace(IList target, IList given)
    {
        target.Clear();
        foreach (object item in given)
        {
            target.Add(item);
        }
    }

    private static bool NamesOtherRows(IMessage block) =>
        block.Descriptor.FindFieldByName(Inline) is { } inline && (ValueConversion.IsGiven(inline, block) || (block.Descriptor.FindFieldByName(File) is { } file && ValueConversion.IsGiven(file, block)));
}
