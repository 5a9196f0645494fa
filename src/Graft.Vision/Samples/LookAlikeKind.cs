namespace Graft.Vision.Samples;

/// <summary>The kinds of flowers that <see cref="LookAlikeFlowers"/> draws; the lower-case name is the label. All come in the same colours and sizes.</summary>
internal enum LookAlikeKind
{
    /// <summary>Six to nine broad, round petals that overlap; a ring of stamens around a knob.</summary>
    Anemone,

    /// <summary>Six to eight pointed petals, each with a bar along its middle; a tuft of stamens.</summary>
    Clematis,

    /// <summary>Seven to ten petals that widen to an end with teeth; a small disc of florets.</summary>
    Cosmos,

    /// <summary>One ring of eleven to eighteen petals with round ends; a disc of florets.</summary>
    Daisy,

    /// <summary>Rings of eleven to eighteen petals with pointed ends, the innermost a short frill around the disc.</summary>
    Gerbera,
}
