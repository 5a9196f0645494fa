using Mono.Cecil;

namespace Graft.Cli.Tests.Project;

/// <summary>Folders of the library depend one way: on those before them in a fixed order. Read from the compiled types: bases, members, bodies.</summary>
public class NamespaceTests
{
    // Types of the root namespace stand for themselves: errors and small records at the bottom, the model above networks.
    private static readonly string[] Order =
    [
        "GraftException", "Amount", "Completion", "EditDistance", "Interpolation", "JpegDecoding", "ModelTask", "TaskNames", "NetworkException", "Preprocessing", "FeatureStatistics",
        "Simd", "Memory", "Threads", "Tensors", "Numerics", "Kernels", "Activations", "Plans", "Operations", "Networks", "Quantization", "Model", "Models", "Inference", "Readouts", "Reservoirs", "Formats", "Training",
    ];

    // What users begin with reaches up to the files: models, networks and forecasters load and save themselves.
    private static readonly string[] Doors =
    [
        "Model -> Formats: Model -> BuiltinTrunks, Model -> ModelFile, Model -> WeightPrecision",
        "Reservoirs -> Formats: EchoStateNetwork -> SeriesFile, Forecaster -> SeriesFile",
    ];

    [Fact]
    public void FoldersDependOneWay()
    {
        Dictionary<string, SortedSet<string>> edges = Edges(Path.Combine(AppContext.BaseDirectory, "Graft.Core.dll"), "Graft");
        Assert.Equal([], edges.Keys.SelectMany(edge => edge.Split(" -> ")).Distinct().Except(Order));
        Assert.True(edges.Count > 40, $"Only {edges.Count} dependencies were found.");
        Assert.Equal(Doors, Backward(edges, Order));
    }

    [Fact]
    public void ACycleIsSeenWhereverItIs()
    {
        Dictionary<string, SortedSet<string>> edges = Edges(typeof(NamespaceTests).Assembly.Location, "Graft.Cli.Tests.Project.Planted");
        Assert.Equal(["High -> Low", "Low -> High"], edges.Keys.Order());
        Assert.Equal(["Low -> High: Base -> Top, Body -> Top, Generic -> Top, Member -> Top"], Backward(edges, ["Low", "High"]));
    }

    /// <summary>The dependencies that point to what stands later, with the types.</summary>
    private static IEnumerable<string> Backward(Dictionary<string, SortedSet<string>> edges, string[] order) =>
        from edge in edges
        let ends = edge.Key.Split(" -> ")
        where Array.IndexOf(order, ends[0]) < Array.IndexOf(order, ends[1])
        select $"{edge.Key}: {string.Join(", ", edge.Value)}";

    /// <summary>Which folder's types use which other folder's, and what types those are.</summary>
    private static Dictionary<string, SortedSet<string>> Edges(string assembly, string root)
    {
        Dictionary<string, SortedSet<string>> edges = [];
        using ModuleDefinition module = ModuleDefinition.ReadModule(assembly);
        foreach (TypeDefinition type in module.GetTypes())
        {
            if (Folder(type) is not { } from) continue;
            foreach (TypeReference used in Used(type))
            {
                if (Definition(used) is not { } definition || Folder(definition) is not { } to || from == to) continue;
                string edge = $"{from} -> {to}";
                if (!edges.TryGetValue(edge, out SortedSet<string>? types)) edges.Add(edge, types = []);
                types.Add($"{Outer(type).Name} -> {Outer(definition).Name}");
            }
        }

        return edges;

        // The folder below the root, or the name of a type that lies in the root itself; null for what is elsewhere or was made by the compiler.
        string? Folder(TypeDefinition type)
        {
            TypeDefinition outer = Outer(type);
            if (outer.Namespace == root) return outer.Name.StartsWith('<') ? null : outer.Name;
            return outer.Namespace.StartsWith(root + '.', StringComparison.Ordinal) ? outer.Namespace[(root.Length + 1)..].Split('.')[0] : null;
        }

        TypeDefinition? Definition(TypeReference type) => type.Scope == module || type.Scope is ModuleDefinition ? type.Resolve() : null;
    }

    private static TypeDefinition Outer(TypeDefinition type) => type.DeclaringType is { } outer ? Outer(outer) : type;

    private static IEnumerable<TypeReference> Used(TypeDefinition type)
    {
        IEnumerable<TypeReference?> all =
        [
            type.BaseType,
            .. type.Interfaces.Select(i => i.InterfaceType),
            .. Constraints(type),
            .. type.CustomAttributes.Select(attribute => attribute.AttributeType),
            .. type.Fields.Select(field => field.FieldType),
            .. type.Methods.SelectMany(method => (IEnumerable<TypeReference>)[.. Signature(method), .. Constraints(method), .. Body(method)]),
        ];
        return all.OfType<TypeReference>().SelectMany(Parts);
    }

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider generic) => generic.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference> Signature(MethodReference method) => [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType)];

    private static IEnumerable<TypeReference> Body(MethodDefinition method) => !method.HasBody ? [] :
    [
        .. method.Body.Variables.Select(variable => variable.VariableType),
        .. method.Body.Instructions.SelectMany(instruction => (IEnumerable<TypeReference>)(instruction.Operand switch
        {
            TypeReference type => [type],
            FieldReference field => [field.DeclaringType, field.FieldType],
            GenericInstanceMethod generic => [generic.DeclaringType, .. Signature(generic), .. generic.GenericArguments],
            MethodReference called => [called.DeclaringType, .. Signature(called)],
            _ => [],
        })),
    ];

    // What an array, a pointer or a generic type is made of.
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => [.. Parts(generic.ElementType), .. generic.GenericArguments.SelectMany(Parts)],
        FunctionPointerType pointer => [.. Parts(pointer.ReturnType), .. pointer.Parameters.SelectMany(parameter => Parts(parameter.ParameterType))],
        IModifierType modified => [.. Parts(modified.ElementType), .. Parts(modified.ModifierType)],
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
