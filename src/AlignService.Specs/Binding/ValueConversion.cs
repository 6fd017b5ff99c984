using System.Collections;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace AlignService.Specs.Binding;

/// <summary>Converts one value from the wire's type to the record's, and back.</summary>
internal static class ValueConversion
{
    /// <summary>TimeSpan has a smaller range than Duration; a limit of ten thousand years is no limit.</summary>
    private const long LargestSeconds = 315_576_000;

    /// <summary>From the wire; null, after noting why, where it cannot be.</summary>
    /// <param name="value">The value of the field, or of one of its items.</param>
    /// <param name="property">The target.</param>
    /// <param name="field">The source.</param>
    /// <param name="path">The path in violations.</param>
    /// <param name="reading">Collects what is wrong, and has the root of relative paths.</param>
    public static object? Read(object value, BoundProperty property, FieldDescriptor field, string path, Reading reading)
    {
        if (field.FieldType == FieldType.Enum)
        {
            return EnumNames.ToRecord(property.Type, field.EnumType, Convert.ToInt32(value, null))
                ?? Refuse($"{Convert.ToInt32(value, null)} is not a value known to this server. Known: {string.Join(", ", EnumNames.Short(field.EnumType))}.", ViolationCode.Unknown);
        }

        switch (value)
        {
            case Duration duration:
                return duration.Seconds < 0 || duration.Nanos < 0 || (duration.Seconds == 0 && duration.Nanos == 0) || duration.Seconds > LargestSeconds
                    ? Refuse($"{duration.Seconds} s is outside (0 s, {LargestSeconds} s]; leave it out for no limit.", ViolationCode.OutOfRange)
                    : TimeSpan.FromSeconds(duration.Seconds) + TimeSpan.FromTicks(duration.Nanos / 100);
            case string text when property.Type.IsEnum:
                return EnumNames.Parse(property.Type, text) is { } named && EnumNames.Spelled((System.Enum)named) == text
                    ? named
                    : Refuse($"\"{text}\" is not a {field.Name}. {NearNames.Suggest(text, System.Enum.GetValues(property.Type).Cast<System.Enum>().Select(EnumNames.Spelled))}", ViolationCode.Unknown);
            case string text when property.Type == typeof(JobId):
                return JobId.TryParseResourceName(text, out JobId id) ? id : Refuse($"\"{text}\" is not a job name; it must have the form jobs/{{job}}.", ViolationCode.Invalid);
            case string text when property.Setting!.IsPath:
                return property.Setting.IsName(text) ? text : reading.AbsolutePath(text);
            default:
                return value;
        }

        object? Refuse(string description, ViolationCode code)
        {
            reading.Violations.Add(path, description, code);
            return null;
        }
    }

    /// <summary>To the wire.</summary>
    public static object Write(object value, FieldDescriptor field) => value switch
    {
        System.Enum named when field.FieldType == FieldType.String => EnumNames.Spelled(named),
        System.Enum named => System.Enum.ToObject(field.EnumType.ClrType, EnumNames.ToWire(named, field.EnumType)),
        TimeSpan duration => Duration.FromTimeSpan(duration),
        JobId id => id.ResourceName,
        _ => value,
    };

    /// <summary>Whether the wire has a value; without presence, one that is not the type's own zero.</summary>
    public static bool IsGiven(FieldDescriptor field, IMessage message)
    {
        if (field.IsRepeated)
        {
            return ((ICollection)field.Accessor.GetValue(message)).Count > 0;
        }

        if (field.HasPresence)
        {
            return field.Accessor.HasValue(message) && (field.FieldType != FieldType.Enum || Convert.ToInt32(field.Accessor.GetValue(message), null) != 0);
        }

        return field.Accessor.GetValue(message) switch
        {
            string text => text.Length > 0,
            bool flag => flag,
            System.Enum named => Convert.ToInt32(named, null) != 0,
            IConvertible number => number.ToDouble(null) != 0,
            var other => other is not null,
        };
    }
}

/// <summary>What reading a spec needs besides the spec.</summary>
/// <param name="DataRoot">Root of relative paths; null leaves paths unchanged.</param>
/// <param name="Violations">Collects what cannot be read.</param>
internal sealed record Reading(string? DataRoot, ViolationList Violations)
{
    /// <summary>A path as the worker will open it.</summary>
    public string AbsolutePath(string path) => DataRoot is null || path.Contains('\0', StringComparison.Ordinal) ? path : Path.GetFullPath(path, DataRoot);
}
