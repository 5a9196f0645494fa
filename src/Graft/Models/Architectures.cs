using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Graft.Networks;

namespace Graft.Models;

/// <summary>An architecture that can be asked for by name.</summary>
public sealed class Architecture
{
    private readonly Func<TrunkOptions, Graph> trunk;

    internal Architecture(string name, double width, int stem, Preprocessing preprocessing, Func<TrunkOptions, Graph> trunk) =>
        (Name, Width, Stem, Preprocessing, this.trunk) = (name, width, stem, preprocessing, trunk);

    /// <summary>timm's name, for example <c>mobilenetv2_035</c> or <c>resnet50</c>.</summary>
    public string Name { get; }

    /// <summary>The width multiplier.</summary>
    public double Width { get; }

    /// <summary>The channels of the first convolution.</summary>
    internal int Stem { get; }

    /// <summary>What is done to images where no weights say otherwise.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>The network up to the pooled features.</summary>
    /// <param name="options">Resolution, padding and epsilon; the width is this architecture's, whatever the options say.</param>
    public Graph Trunk(TrunkOptions? options = null) => trunk((options ?? new TrunkOptions()) with { Width = Width });
}

/// <summary>The architectures by name.</summary>
public static class Architectures
{
    /// <summary>All of them: MobileNetV1, V2 and V2-IBN by width; ResNets by depth, and each's IBN-Nets.</summary>
    public static ImmutableArray<Architecture> All { get; } =
    [
        .. from width in (double[])[0.25, 0.5, 0.75, 1, 1.25] select Make(MobileNetV1.Name, width, Preprocessing.Centered, MobileNetV1.Trunk),
        .. from ibn in (bool[])[false, true]
           from width in (double[])[0.25, 0.35, 0.5, 0.75, 1, 1.3, 1.4]
           select Make(options => MobileNetV2.Name(options, ibn), width, Preprocessing.ImageNet, options => MobileNetV2.Trunk(options, ibn)),
        .. from depth in ResNet.Depths
           from norms in Enum.GetValues<InstanceNorms>()
           select new Architecture(ResNet.Name(depth, norms), 1, 64, Preprocessing.Torchvision, options => ResNet.Trunk(depth, options, norms)),
    ];

    /// <summary>Looks an architecture up.</summary>
    /// <param name="name">Its name, for example <c>mobilenetv2_100</c>.</param>
    /// <param name="architecture">The architecture, when there is one of that name.</param>
    public static bool TryGet(string name, [NotNullWhen(true)] out Architecture? architecture)
    {
        architecture = All.FirstOrDefault(a => a.Name == name);
        return architecture is not null;
    }

    /// <summary>Looks an architecture up.</summary>
    /// <param name="name">Its name, for example <c>mobilenetv2_100</c>.</param>
    /// <exception cref="GraftException">There is none of that name; the message lists those there are.</exception>
    public static Architecture Get(string name)
    {
        if (TryGet(name, out Architecture? architecture)) return architecture;
        string? near = EditDistance.Nearest(name, All.Select(a => a.Name));
        throw new GraftException($"There is no architecture '{name}'.{(near is null ? "" : $" Did you mean '{near}'?")} There are: {string.Join(", ", All.Select(a => a.Name))}.");
    }

    private static Architecture Make(Func<TrunkOptions, string> name, double width, Preprocessing preprocessing, Func<TrunkOptions, Graph> trunk) =>
        new(name(new TrunkOptions { Width = width }), width, Channels.Scale(32, width), preprocessing, trunk);
}
