// A strict relying party on Go's standard library: reads certificates, CRLs and OCSP answers, checks signatures and
// chain, and holds each against RFC 5280 and RFC 6960. Says what it found wrong, a line each, and exits 1.
//
//	strict-checker -chain chain.pem -origin http://host -issuer-id ca -parent-id root \
//	  -cert device.pem -crl issuer.crl -parent-crl root.crl -ocsp answer.der -status revoked -reason 1
package main

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"time"
)

var problems []string

func check(holds bool, format string, values ...any) {
	if !holds {
		problems = append(problems, fmt.Sprintf(format, values...))
	}
}

func must[Value any](value Value, err error) Value {
	if err != nil {
		fmt.Println("cannot read:", err)
		os.Exit(1)
	}
	return value
}

func readPem(file string) (list []*x509.Certificate) {
	rest := must(os.ReadFile(file))
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return
		}
		list = append(list, must(x509.ParseCertificate(block.Bytes)))
	}
}

var (
	utcTime         = regexp.MustCompile(`^\d{12}Z$`)
	generalizedTime = regexp.MustCompile(`^\d{14}Z$`)
	oidOcspSigning  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 9}
	oidNoCheck      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidBasic        = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidAuthorityKey = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidReason       = asn1.ObjectIdentifier{2, 5, 29, 21}
)

// der walks over every element: definite and shortest lengths, and what X.690 section 11 says of values.
func der(what string, octets []byte) {
	for len(octets) > 0 {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(octets, &element)
		if err != nil {
			check(false, "%s: %v", what, err)
			return
		}
		again, err := asn1.Marshal(asn1.RawValue{Class: element.Class, Tag: element.Tag, IsCompound: element.IsCompound, Bytes: element.Bytes})
		check(err == nil && bytes.Equal(again, element.FullBytes), "%s: an element that is not DER", what)
		value(what, element)
		octets = rest
	}
}

func value(what string, element asn1.RawValue) {
	content := element.Bytes
	if element.IsCompound {
		if element.Class == asn1.ClassUniversal && element.Tag == asn1.TagSet {
			sorted(what, content)
		}
		der(what, content)
		return
	}
	if element.Class != asn1.ClassUniversal {
		return
	}
	switch element.Tag {
	case asn1.TagBoolean:
		check(len(content) == 1 && content[0] == 0xff, "%s: a BOOLEAN that is not TRUE (FALSE is the default)", what)
	case asn1.TagInteger, asn1.TagEnum:
		check(len(content) > 0, "%s: an empty INTEGER", what)
		if len(content) > 1 {
			padded := content[0] == 0 && content[1] < 0x80 || content[0] == 0xff && content[1] >= 0x80
			check(!padded, "%s: an INTEGER with octets too many", what)
		}
	case asn1.TagBitString:
		check(len(content) > 0 && content[0] < 8, "%s: a BIT STRING without its count", what)
		if len(content) > 1 {
			unused := byte(1)<<content[0] - 1
			check(content[len(content)-1]&unused == 0, "%s: unused bits that are set", what)
		}
	case asn1.TagUTCTime:
		check(utcTime.Match(content), "%s: UTCTime %q", what, content)
	case asn1.TagGeneralizedTime:
		check(generalizedTime.Match(content), "%s: GeneralizedTime %q", what, content)
	}
}

func sorted(what string, octets []byte) {
	var before []byte
	for len(octets) > 0 {
		var element asn1.RawValue
		rest, err := asn1.Unmarshal(octets, &element)
		if err != nil {
			return
		}
		check(bytes.Compare(before, element.FullBytes) < 0, "%s: a SET that is out of order", what)
		octets, before = rest, element.FullBytes
	}
}

func extensions(what string, list []pkix.Extension) map[string]pkix.Extension {
	found := map[string]pkix.Extension{}
	check(len(list) > 0, "%s: no extensions", what)
	for _, extension := range list {
		name := extension.Id.String()
		_, twice := found[name]
		check(!twice, "%s: extension %s twice", what, name)
		found[name] = extension
		der(what+" extension "+name, extension.Value)
	}
	return found
}

type rawCertificate struct {
	TBS       asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// RFC 5280, sections 4.1 and 4.2.
func certificate(what string, one, issuer *x509.Certificate, now time.Time) map[string]pkix.Extension {
	der(what, one.Raw)
	var raw rawCertificate
	_, err := asn1.Unmarshal(one.Raw, &raw)
	check(err == nil, "%s: %v", what, err)
	again, err := asn1.Marshal(raw)
	check(err == nil && bytes.Equal(again, one.Raw), "%s: another certificate when written again", what)
	check(one.Version == 3, "%s: version %d", what, one.Version)
	serial := one.SerialNumber.Bytes()
	check(one.SerialNumber.Sign() > 0 && len(one.SerialNumber.Bytes()) <= 20 && !(len(serial) == 20 && serial[0] >= 0x80), "%s: serial number %x", what, serial)
	check(bytes.Equal(one.RawIssuer, issuer.RawSubject), "%s: its issuer's name is spelled otherwise", what)
	check(one.CheckSignatureFrom(issuer) == nil, "%s: %v", what, one.CheckSignatureFrom(issuer))
	check(!now.Before(one.NotBefore) && !now.After(one.NotAfter), "%s: not valid now", what)
	check(!one.NotAfter.After(issuer.NotAfter), "%s: outlives its issuer", what)
	check(len(one.AuthorityKeyId) > 0 && bytes.Equal(one.AuthorityKeyId, issuer.SubjectKeyId), "%s: authorityKeyIdentifier", what)
	check(len(one.SubjectKeyId) > 0, "%s: no subjectKeyIdentifier", what)
	check(one.KeyUsage != 0, "%s: no keyUsage", what)
	check(one.BasicConstraintsValid, "%s: no basicConstraints", what)
	check(len(one.UnhandledCriticalExtensions) == 0, "%s: critical extensions %v", what, one.UnhandledCriticalExtensions)
	found := extensions(what, one.Extensions)
	for name, critical := range map[string]bool{"2.5.29.15": true, "2.5.29.19": true, "2.5.29.14": false, "2.5.29.35": false, "2.5.29.31": false, "1.3.6.1.5.5.7.1.1": false} {
		if extension, there := found[name]; there {
			check(extension.Critical == critical, "%s: extension %s critical %v", what, name, extension.Critical)
		}
	}
	check(one.IsCA == (one.KeyUsage&x509.KeyUsageCertSign != 0), "%s: CA and keyCertSign differ", what)
	return found
}

func addresses(what string, one *x509.Certificate, base string) {
	equal := func(kind string, got []string, wanted string) {
		check(len(got) == 1 && got[0] == wanted, "%s: %s %v, not %s", what, kind, got, wanted)
	}
	equal("cRLDistributionPoints", one.CRLDistributionPoints, base+"crl")
	equal("OCSP", one.OCSPServer, base+"ocsp")
	equal("caIssuers", one.IssuingCertificateURL, base+"ca.cer")
}

// RFC 5280, section 5.
func revocationList(what, file string, issuer *x509.Certificate, now time.Time) *x509.RevocationList {
	octets := must(os.ReadFile(file))
	list := must(x509.ParseRevocationList(octets))
	der(what, octets)
	check(list.CheckSignatureFrom(issuer) == nil, "%s: %v", what, list.CheckSignatureFrom(issuer))
	check(bytes.Equal(list.RawIssuer, issuer.RawSubject), "%s: another issuer's", what)
	check(list.Number != nil && list.Number.Sign() > 0, "%s: cRLNumber %v", what, list.Number)
	check(!list.ThisUpdate.After(now) && list.NextUpdate.After(now), "%s: from %v to %v", what, list.ThisUpdate, list.NextUpdate)
	var key struct {
		ID []byte `asn1:"tag:0"`
	}
	parse(what+": authorityKeyIdentifier", extensions(what, list.Extensions)[oidAuthorityKey.String()].Value, &key)
	check(bytes.Equal(key.ID, issuer.SubjectKeyId), "%s: authorityKeyIdentifier", what)
	var raw struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	_, err := asn1.Unmarshal(octets, &raw)
	again, wrong := asn1.Marshal(raw)
	check(err == nil && wrong == nil && bytes.Equal(again, octets), "%s: another list when written again", what)
	for _, entry := range list.RevokedCertificates {
		check(!entry.RevocationTime.After(now), "%s: revoked in the future", what)
		if len(entry.Extensions) > 0 {
			extensions(what+" entry", entry.Extensions)
		}
	}
	return list
}

func entryOf(list *x509.RevocationList, serial *big.Int) (revoked bool, reason int) {
	for _, entry := range list.RevokedCertificates {
		if entry.SerialNumber.Cmp(serial) != 0 {
			continue
		}
		for _, extension := range entry.Extensions {
			if extension.Id.Equal(oidReason) {
				var code asn1.Enumerated
				_, err := asn1.Unmarshal(extension.Value, &code)
				check(err == nil && code != 0, "CRL: a reason code that is to be left out")
				return true, int(code)
			}
		}
		return true, 0
	}
	return false, 0
}

type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	NameHash  []byte
	KeyHash   []byte
	Serial    *big.Int
}
type revokedInfo struct {
	At     time.Time       `asn1:"generalized"`
	Reason asn1.Enumerated `asn1:"explicit,tag:0"`
}
type singleResponse struct {
	ID         certID
	Good       asn1.Flag   `asn1:"tag:0,optional"`
	Revoked    revokedInfo `asn1:"tag:1,optional"`
	Unknown    asn1.Flag   `asn1:"tag:2,optional"`
	ThisUpdate time.Time   `asn1:"generalized"`
	NextUpdate time.Time   `asn1:"generalized,explicit,tag:0"`
}
type responseData struct {
	Raw        asn1.RawContent
	KeyHash    []byte    `asn1:"explicit,tag:2"`
	ProducedAt time.Time `asn1:"generalized"`
	Responses  []singleResponse
	Extensions []pkix.Extension `asn1:"explicit,tag:1,optional"`
}
type basicResponse struct {
	Data         responseData
	Algorithm    pkix.AlgorithmIdentifier
	Signature    asn1.BitString
	Certificates []asn1.RawValue `asn1:"explicit,tag:0"`
}
type ocspResponse struct {
	Status asn1.Enumerated
	Bytes  struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	} `asn1:"explicit,tag:0"`
}

func parse(what string, octets []byte, into any) {
	rest, err := asn1.Unmarshal(octets, into)
	check(err == nil && len(rest) == 0, "%s: %v, %d octets behind it", what, err, len(rest))
}

// RFC 6960, section 4.2.
func ocsp(file string, issuer *x509.Certificate, serial *big.Int, now time.Time) (status string, reason int) {
	octets := must(os.ReadFile(file))
	der("OCSP", octets)
	var response ocspResponse
	parse("OCSPResponse", octets, &response)
	check(response.Status == 0 && response.Bytes.Type.Equal(oidBasic), "OCSP: status %d, type %v", response.Status, response.Bytes.Type)
	der("BasicOCSPResponse", response.Bytes.Response)
	var basic basicResponse
	parse("BasicOCSPResponse", response.Bytes.Response, &basic)
	if len(basic.Certificates) != 1 || len(basic.Data.Responses) != 1 {
		check(false, "OCSP: %d certificates, %d responses", len(basic.Certificates), len(basic.Data.Responses))
		return
	}
	responder := must(x509.ParseCertificate(basic.Certificates[0].FullBytes))
	found := certificate("responder", responder, issuer, now)
	_, noCheck := found[oidNoCheck.String()]
	check(noCheck, "responder: no id-pkix-ocsp-nocheck")
	check(len(responder.ExtKeyUsage) == 1 && responder.ExtKeyUsage[0] == x509.ExtKeyUsageOCSPSigning && len(responder.UnknownExtKeyUsage) == 0, "responder: extended key usage")
	check(responder.KeyUsage == x509.KeyUsageDigitalSignature, "responder: key usage %b", responder.KeyUsage)
	check(len(responder.OCSPServer) == 0, "responder: asks for OCSP about itself")
	check(bytes.Equal(basic.Data.KeyHash, keyHash(responder)), "OCSP: byKey is another key")
	algorithm := map[string]x509.SignatureAlgorithm{"1.2.840.113549.1.1.11": x509.SHA256WithRSA, "1.2.840.10045.4.3.2": x509.ECDSAWithSHA256}[basic.Algorithm.Algorithm.String()]
	err := responder.CheckSignature(algorithm, basic.Data.Raw, basic.Signature.RightAlign())
	check(err == nil, "OCSP: %v", err)

	single := basic.Data.Responses[0]
	check(!single.ThisUpdate.After(now) && single.NextUpdate.After(now), "OCSP: from %v to %v", single.ThisUpdate, single.NextUpdate)
	check(single.NextUpdate.Sub(single.ThisUpdate) <= 10*time.Minute, "OCSP: good for %v", single.NextUpdate.Sub(single.ThisUpdate))
	check(!basic.Data.ProducedAt.Before(single.ThisUpdate), "OCSP: made before its status was read")
	check(single.ID.Serial.Cmp(serial) == 0, "OCSP: about %x", single.ID.Serial)
	name := sha1.Sum(issuer.RawSubject)
	if len(single.ID.NameHash) == len(name) {
		check(bytes.Equal(single.ID.NameHash, name[:]) && bytes.Equal(single.ID.KeyHash, keyHash(issuer)), "OCSP: about another issuer's certificate")
	}
	switch {
	case bool(single.Good):
		return "good", 0
	case bool(single.Unknown):
		return "unknown", 0
	default:
		check(!single.Revoked.At.After(now), "OCSP: revoked in the future")
		return "revoked", int(single.Revoked.Reason)
	}
}

func keyHash(one *x509.Certificate) []byte {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	parse("SubjectPublicKeyInfo", one.RawSubjectPublicKeyInfo, &info)
	hash := sha1.Sum(info.Key.RightAlign())
	return hash[:]
}

func main() {
	chainFile := flag.String("chain", "", "issuer first, root last")
	certFile := flag.String("cert", "", "the device's certificate")
	crlFile := flag.String("crl", "", "the issuer's")
	parentCrlFile := flag.String("parent-crl", "", "the root's")
	ocspFile := flag.String("ocsp", "", "an answer about the device's certificate")
	issuerBase := flag.String("issuer-base", "", "address of the issuer's /pki/")
	parentBase := flag.String("parent-base", "", "address of the root's /pki/")
	status := flag.String("status", "good", "good, revoked or unknown")
	reason := flag.Int("reason", 0, "CRLReason")
	serialText := flag.String("serial", "", "hexadecimal, instead of the certificate's")
	flag.Parse()

	now := time.Now()
	chain := readPem(*chainFile)
	issuer, root := chain[0], chain[len(chain)-1]
	device := readPem(*certFile)[0]
	serial := device.SerialNumber
	if *serialText != "" {
		serial, _ = new(big.Int).SetString(*serialText, 16)
	}

	certificate("root", root, root, now)
	check(len(root.CRLDistributionPoints)+len(root.OCSPServer)+len(root.IssuingCertificateURL) == 0, "root: points somewhere")
	certificate("issuer", issuer, root, now)
	addresses("issuer", issuer, *parentBase)
	certificate("device", device, issuer, now)
	addresses("device", device, *issuerBase)
	check(len(device.ExtKeyUsage) > 0 && !device.IsCA, "device: extended key usage")
	for _, purpose := range device.UnknownExtKeyUsage {
		check(!purpose.Equal(oidOcspSigning), "device: may sign OCSP answers")
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	between.AddCert(issuer)
	_, err := device.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	check(err == nil, "chain: %v", err)

	revocationList("root's CRL", *parentCrlFile, root, now)
	listed, listedReason := entryOf(revocationList("CRL", *crlFile, issuer, now), serial)
	check(listed == (*status == "revoked") && listedReason == *reason, "CRL: listed %v, reason %d", listed, listedReason)
	said, saidReason := ocsp(*ocspFile, issuer, serial, now)
	check(said == *status && saidReason == *reason, "OCSP: %s, reason %d", said, saidReason)

	for _, problem := range problems {
		fmt.Println(problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	fmt.Println("strict: accepted")
}
