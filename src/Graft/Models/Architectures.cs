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

    /// <summary>The network up to the features.</summary>
    /// <param name="options">
    /// Resolution, padding and epsilon; null is the resolution of <see cref="Preprocessing"/>. The width is this architecture's, whatever the options say, and those whose name begins with <c>tf_</c> have
    /// TensorFlow's padding and epsilon.
    /// </param>
    public Graph Trunk(TrunkOptions? options = null) => trunk((options ?? new TrunkOptions { Resolution = Preprocessing.Resolution }) with { Width = Width });
}

/// <summary>The architectures by name.</summary>
public static class Architectures
{
    /// <summary>
    /// All of them: MobileNetV1, V2 and V2-IBN, V3 and V4 by width; EfficientNet-Lite by number; ResNets by depth, and each's IBN-Nets. <c>tf_</c> is what TensorFlow trained, with its padding and epsilon; where
    /// another one differs in nothing else, that comes first.
    /// </summary>
    public static ImmutableArray<Architecture> All { get; } =
    [
        .. from width in (double[])[0.25, 0.5, 0.75, 1, 1.25] select V1(width, head: false),
        V1(1, head: true),
        .. from ibn in (bool[])[false, true]
           from width in (double[])[0.25, 0.35, 0.5, 0.75, 1, 1.3, 1.4]
           select Make(options => MobileNetV2.Name(options, ibn), width, Channels.Scale(32, width), Preprocessing.ImageNet, options => MobileNetV2.Trunk(options, ibn)),
        .. from width in (double[])[0.75, 1] select V3(width, small: false),
        .. from width in (double[])[0.5, 0.75, 1] select V3(width, small: true),
        .. from small in (bool[])[false, true] from width in (double[])[0.75, 1] select TensorFlowV3(width, small),
        .. from small in (bool[])[false, true] select TensorFlowV3(1, small, minimal: true),
        V4(0.35, MobileNetV4Size.Small, Preprocessing.Centered),
        V4(0.5, MobileNetV4Size.Small, Preprocessing.Centered),
        V4(1, MobileNetV4Size.Small, Preprocessing.ImageNet),
        V4(1, MobileNetV4Size.Medium, Preprocessing.ImageNet with { Resolution = 256, CropFraction = 0.95 }),
        V4(1, MobileNetV4Size.Large, Preprocessing.ImageNet with { Resolution = 384, CropFraction = 0.95 }),
        .. from number in Enumerable.Range(0, EfficientNetLite.Sizes.Count) select Lite(number, Preprocessing.ImageNet, options => options),
        .. from number in Enumerable.Range(0, EfficientNetLite.Sizes.Count)
           select Lite(number, Preprocessing.Centered with { Interpolation = number < 3 ? Interpolation.Bicubic : Interpolation.Bilinear }, TensorFlow),
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

    // What TensorFlow's MobileNets and EfficientNets have, whoever reads their weights.
    private static TrunkOptions TensorFlow(TrunkOptions options) => options with { SamePadding = true, Epsilon = 1e-3f };

    private static Architecture V1(double width, bool head) =>
        Make(options => MobileNetV1.Name(options, head), width, Channels.Scale(32, width), Preprocessing.Centered, options => MobileNetV1.Trunk(options, head));

    private static Architecture V3(double width, bool small) =>
        Make(options => MobileNetV3.Name(options, small, minimal: false), width, MobileNetV3.Stem(width), Preprocessing.ImageNet, options => MobileNetV3.Trunk(options, small));

    private static Architecture TensorFlowV3(double width, bool small, bool minimal = false) => Make(
        options => MobileNetV3.Name(TensorFlow(options), small, minimal), width, MobileNetV3.Stem(width), Preprocessing.Centered with { Interpolation = Interpolation.Bilinear },
        options => MobileNetV3.Trunk(TensorFlow(options), small, minimal));

    private static Architecture V4(double width, MobileNetV4Size size, Preprocessing preprocessing) =>
        Make(options => MobileNetV4.Name(options, size), width, MobileNetV4.Stem(width, size), preprocessing, options => MobileNetV4.Trunk(options, size));

    private static Architecture Lite(int number, Preprocessing preprocessing, Func<TrunkOptions, TrunkOptions> framework) => Make(
        options => EfficientNetLite.Name(number, framework(options)), 1, EfficientNetLite.StemChannels,
        preprocessing with { Resolution = EfficientNetLite.Sizes[number].Resolution, CropFraction = EfficientNetLite.Sizes[number].Crop },
        options => EfficientNetLite.Trunk(number, framework(options)));

    private static Architecture Make(Func<TrunkOptions, string> name, double width, int stem, Preprocessing preprocessing, Func<TrunkOptions, Graph> trunk) =>
        new(name(new TrunkOptions { Width = width }), width, stem, preprocessing, trunk);
}
