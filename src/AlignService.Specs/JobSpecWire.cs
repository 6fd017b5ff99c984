using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using AlignService.Specs.Binding;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs;

/// <summary>Converts a job's spec from the wire, with every default filled in, and back. Everything about single settings derives from their declarations.</summary>
public static class JobSpecWire
{
    /// <summary>The spec's path in a request.</summary>
    public const string Path = "spec";

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>By instance: a spec never changes, and admission, store and response each need it written.</summary>
    private static readonly ConditionalWeakTable<JobSpec, BriefSpec> Briefs = [];

    /// <summary>The field name of every kind of job.</summary>
    public static IReadOnlyList<string> KindNames { get; } = [.. new JobKindRegistry().Kinds.Keys];

    /// <summary>The record; null, with a violation, where the wire lacks what a record needs.</summary>
    /// <param name="wire">The spec in a request.</param>
    /// <param name="dataRoot">Root of relative paths; null leaves them unchanged.</param>
    /// <param name="violations">Collects what cannot be read.</param>
    public static JobSpec? Read(Wire.JobSpec? wire, string? dataRoot, ViolationList violations)
    {
        if (wire is null)
        {
            violations.Add(Path, $"no spec is given; give one with one of {string.Join(", ", KindNames)} set.", ViolationCode.Missing);
            return null;
        }

        MessageScope scope = MessageScope.Root(wire, Path);
        var read = (JobSpec)RecordReader.Read(new JobSpec { Kind = null! }, scope, new Reading(dataRoot, violations)); // null stays where no kind is set, and is looked for below
        if (read.Kind is not { } kind)
        {
            return null;
        }

        MessageScope inner = scope.Child(NameOf(kind));
        return read with { Kind = kind.Settle(path => IsGiven(inner, path)).WithSeed(read.Seed) };
    }

    /// <param name="spec">Whole.</param>
    /// <param name="withInlineData">Whether inline data is also written.</param>
    public static Wire.JobSpec Write(JobSpec spec, bool withInlineData = true)
    {
        var wire = new Wire.JobSpec();
        new RecordWriter(withInlineData).Write(spec, MessageScope.Root(wire, Path));
        return wire;
    }

    /// <summary>The spec without its inline data, written when it is first asked for.</summary>
    public static BriefSpec Brief(JobSpec spec) => Briefs.GetValue(spec, static spec =>
    {
        var wire = new Wire.JobSpec();
        var writer = new RecordWriter(withInlineData: false);
        writer.Write(spec, MessageScope.Root(wire, Path));
        return new BriefSpec(wire, writer.LeftDataOut, Formatter.Format(wire));
    });

    /// <summary>The spec as whoever reads <see cref="Brief"/> has it; itself, where nothing is inline.</summary>
    public static JobSpec WithoutInlineData(JobSpec spec)
    {
        BriefSpec brief = Brief(spec);
        if (!brief.LeftDataOut)
        {
            return spec;
        }

        JobSpec read = FromStored(brief.Message);
        Briefs.AddOrUpdate(read, brief with { LeftDataOut = false });
        return read;
    }

    /// <summary>What the store keeps: the wire's JSON, with the wire's names.</summary>
    public static string ToJson(JobSpec spec) => Formatter.Format(Write(spec));

    /// <summary>Reads what <see cref="ToJson"/> wrote; what older versions wrote must be brought <see cref="UpToDate"/> first.</summary>
    public static JobSpec FromJson(string json) => FromStored(Parser.Parse<Wire.JobSpec>(json));

    /// <summary>Stored JSON in the wire's names, whichever version wrote it; for database migration.</summary>
    public static string UpToDate(string json) =>
        JsonNode.Parse(json) is JsonObject stored && LegacySpec.IsLegacy(stored) ? LegacySpec.Convert(stored).ToJsonString() : json;

    /// <summary>Bounds of every setting, and warnings about those that are unusual or that nothing reads.</summary>
    public static void CheckSettings(JobSpec spec, ViolationList violations) =>
        new SettingChecks(violations, need => Needs.WhyUnread(need, spec.Kind))
            .Check(spec, new JobSpec { Kind = spec.Kind.Usual() }, MessageScope.Root(Wire.JobSpec.Descriptor, Path));

    /// <summary>The field of a kind in JobSpec.</summary>
    public static string NameOf(JobKind kind) => new JobKindRegistry().Kinds.Single(entry => entry.Value == kind.GetType()).Key;

    private static JobSpec FromStored(Wire.JobSpec stored)
    {
        var violations = new ViolationList();
        JobSpec? spec = Read(stored, null, violations);
        violations.ThrowIfAny();
        return spec!; // where it is null there is a violation
    }

    private static bool IsGiven(MessageScope kind, string path)
    {
        (MessageScope owner, var field) = kind.ResolveField(path);
        return owner.Message is not null && ValueConversion.IsGiven(field, owner.Message);
    }
}

/// <summary>A spec with the number and hash of inline rows in their place.</summary>
/// <param name="Message">Shared by all who ask: not to be changed.</param>
/// <param name="LeftDataOut">Whether there were inline rows.</param>
/// <param name="Json">The message as the store keeps it.</param>
public sealed record BriefSpec(Wire.JobSpec Message, bool LeftDataOut, string Json);
