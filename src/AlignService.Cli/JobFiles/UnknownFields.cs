using AlignService.Specs;
using AlignService.Specs.Violations;
using Google.Protobuf.Reflection;

namespace AlignService.Cli.JobFiles;

/// <summary>What a key that is not a field was most likely meant to be: a field of another block, what another trainer calls a field, or a misspelled field.</summary>
internal static class UnknownFields
{
    /// <summary>A clause for an error message; empty where there is nothing to say.</summary>
    /// <param name="key">As written.</param>
    /// <param name="message">Of the block that contains it.</param>
    /// <param name="path">Of the block; empty for the job itself.</param>
    /// <param name="kind">The file's kind of training; null where it names none.</param>
    public static string Hint(string key, MessageDescriptor message, string path, FieldDescriptor? kind)
    {
        // What another trainer calls a field of this very block comes before a field of that name in another kind of training.
        if (message.Fields.InDeclarationOrder().FirstOrDefault(field => IsAlias(key, field)) is { } here)
        {
            return $"it is called {here.Name} here.";
        }

        string home = HomeOf(field => field.Name == key, message, path, kind);
        if (home.Length > 0)
        {
            return $"it belongs in {home}.";
        }

        string alias = HomeOf(field => IsAlias(key, field), message, path, kind);
        return alias.Length > 0
            ? $"it is called {NameIn(alias, key)} here."
            : NearNames.Hint(key, [.. message.Fields.InDeclarationOrder().Where(field => !SettingCatalog.IsWritten(field)).Select(field => field.Name)]);
    }

    private static bool IsAlias(string key, FieldDescriptor field) => SettingCatalog.AliasesOf(field).Contains(key, StringComparer.OrdinalIgnoreCase);

    private static string NameIn(string path, string key)
    {
        MessageDescriptor at = Contracts.V1.JobSpec.Descriptor;
        foreach (string step in path.Split('.'))
        {
            at = at.FindFieldByName(step).MessageType;
        }

        return $"{path}.{at.Fields.InDeclarationOrder().First(field => IsAlias(key, field)).Name}";
    }

    /// <summary>The block that has such a field: nearby first, then in the file's own kind of training, then anywhere; empty where no block has it.</summary>
    private static string HomeOf(Func<FieldDescriptor, bool> wanted, MessageDescriptor message, string path, FieldDescriptor? kind)
    {
        string nested = path.Length > 0 && !path.Contains('[', StringComparison.Ordinal) ? Search(message, wanted, "") : "";
        if (nested.Length > 0)
        {
            return $"{path}.{nested}";
        }

        if (kind is null)
        {
            return Search(Contracts.V1.JobSpec.Descriptor, wanted, "");
        }

        if (kind.MessageType.Fields.InDeclarationOrder().Any(wanted) && path != kind.Name)
        {
            return kind.Name;
        }

        string inKind = Search(kind.MessageType, wanted, "");
        return inKind.Length > 0 ? $"{kind.Name}.{inKind}" : Search(Contracts.V1.JobSpec.Descriptor, wanted, "");
    }

    /// <summary>Does not descend into lists.</summary>
    private static string Search(MessageDescriptor message, Func<FieldDescriptor, bool> wanted, string path)
    {
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message && !field.IsRepeated && !field.IsMap))
        {
            string inner = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            string deeper = field.MessageType.Fields.InDeclarationOrder().Any(wanted) ? inner : Search(field.MessageType, wanted, inner);
            if (deeper.Length > 0)
            {
                return deeper;
            }
        }

        return "";
    }
}
