using Mono.Cecil;
using Mono.Cecil.Cil;

namespace AlignService.Architecture.Tests.Solution;

/// <summary>Which folder of a project uses which: an edge wherever a type names another in a signature, an attribute or its code.</summary>
internal sealed class FolderGraph
{
    private readonly SortedDictionary<string, SortedDictionary<string, string>> _uses = new(StringComparer.Ordinal);

    /// <param name="module">Of the project.</param>
    /// <param name="folderOf">From a namespace to its folder; null is none of the project's.</param>
    public static FolderGraph Of(ModuleDefinition module, Func<string, string?> folderOf)
    {
        FolderGraph graph = new();
        foreach (TypeDefinition type in module.Types.Where(type => folderOf(type.Namespace) is not null))
        {
            string folder = folderOf(type.Namespace)!;
            foreach (TypeReference used in TypesUsedBy(type).SelectMany(Parts).Where(used => used.Scope == module))
            {
                if (folderOf(Outermost(used).Namespace) is { } other && other != folder)
                {
                    graph.Add(folder, other, $"{type.Name} uses {used.Name}");
                }
            }
        }

        return graph;
    }

    /// <summary>Folders that can be reached from each other, two or more (Tarjan's strongly connected components by plain reachability: there are few folders).</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles()
    {
        Dictionary<string, HashSet<string>> reachable = _uses.Keys.ToDictionary(folder => folder, Reachable);
        HashSet<string> seen = [];
        List<IReadOnlyList<string>> cycles = [];
        foreach (string folder in _uses.Keys.Where(folder => reachable[folder].Contains(folder) && !seen.Contains(folder)))
        {
            string[] cycle = [.. reachable[folder].Where(other => reachable.TryGetValue(other, out HashSet<string>? back) && back.Contains(folder))];
            seen.UnionWith(cycle);
            cycles.Add(cycle);
        }

        return cycles;
    }

    /// <summary>For each use between folders of a cycle, one example.</summary>
    public IEnumerable<string> Uses(IReadOnlyList<string> cycle) =>
        from folder in cycle
        from use in _uses[folder]
        where cycle.Contains(use.Key)
        select $"{folder} -> {use.Key} ({use.Value})";

    private HashSet<string> Reachable(string start)
    {
        HashSet<string> reached = [];
        Stack<string> open = new([start]);
        while (open.TryPop(out string? folder))
        {
            foreach (string next in _uses.TryGetValue(folder, out SortedDictionary<string, string>? uses) ? uses.Keys : Enumerable.Empty<string>())
            {
                if (reached.Add(next))
                {
                    open.Push(next);
                }
            }
        }

        return reached;
    }

    private void Add(string folder, string other, string example)
    {
        if (!_uses.TryGetValue(folder, out SortedDictionary<string, string>? uses))
        {
            _uses[folder] = uses = new(StringComparer.Ordinal);
        }

        uses.TryAdd(other, example);
    }

    private static IEnumerable<TypeReference> TypesUsedBy(TypeDefinition type) =>
    [
        .. type.BaseType is null ? [] : new[] { type.BaseType },
        .. type.Interfaces.Select(one => one.InterfaceType),
        .. Attributes(type),
        .. type.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType),
        .. type.Fields.SelectMany(field => Attributes(field).Append(field.FieldType)),
        .. type.Properties.SelectMany(property => Attributes(property).Append(property.PropertyType)),
        .. type.Methods.SelectMany(TypesUsedBy),
        .. type.NestedTypes.SelectMany(TypesUsedBy),
    ];

    private static IEnumerable<TypeReference> TypesUsedBy(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. method.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType),
        .. Attributes(method),
        .. method.HasBody ? method.Body.Variables.Select(variable => variable.VariableType) : [],
        .. method.HasBody ? method.Body.Instructions.SelectMany(TypesUsedBy) : [],
        .. method.HasBody ? method.Body.ExceptionHandlers.Select(handler => handler.CatchType).OfType<TypeReference>() : [],
    ];

    private static IEnumerable<TypeReference> TypesUsedBy(Instruction instruction) => instruction.Operand switch
    {
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType), .. method is GenericInstanceMethod generic ? generic.GenericArguments : []],
        FieldReference field => [field.DeclaringType, field.FieldType],
        TypeReference type => [type],
        _ => [],
    };

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider provider) => provider.CustomAttributes.Select(attribute => attribute.AttributeType);

    /// <summary>A type, and those that it is made of.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is null ? type : Outermost(type.DeclaringType);
}
