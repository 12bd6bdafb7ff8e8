//! The tags of the standard (SMPP 3.4 §5.3.1, 5.0 §4.8.1), and our own: name, tag, the least
//! and the most octets of a value (5.0 §4.8.4), and how the standard writes it.

macro_rules! tags {
    ($($name:ident $tag:literal $least:literal $most:literal $text:literal)*) => {
        $(#[doc = concat!("`", $text, "`, ", stringify!($tag), ".")]
        pub const $name: u16 = $tag;)*

        /// The name of a tag, if it has one.
        pub const fn name(tag: u16) -> Option<&'static str> {
            match tag {
                $($tag => Some($text),)*
                _ => None,
            }
        }

        /// The least and the most octets a value of this tag may have, if it has a name.
        pub const fn size(tag: u16) -> Option<(u16, u16)> {
            match tag {
                $($tag => Some(($least, $most)),)*
                _ => None,
            }
        }

        /// Every tag with a name, ascending.
        pub const ALL: &[u16] = &[$($tag),*];
    };
}

/// Whether only a peer of SMPP 5.0 knows this tag.
pub const fn needs_v50(tag: u16) -> bool {
    matches!(tag, CONGESTION_STATE | BROADCAST_CHANNEL_INDICATOR..=DEST_ADDR_NP_COUNTRY)
}

tags! {
    DEST_ADDR_SUBUNIT 0x0005 1 1 "dest_addr_subunit"
    DEST_NETWORK_TYPE 0x0006 1 1 "dest_network_type"
    DEST_BEARER_TYPE 0x0007 1 1 "dest_bearer_type"
    DEST_TELEMATICS_ID 0x0008 2 2 "dest_telematics_id"
    SOURCE_ADDR_SUBUNIT 0x000D 1 1 "source_addr_subunit"
    SOURCE_NETWORK_TYPE 0x000E 1 1 "source_network_type"
    SOURCE_BEARER_TYPE 0x000F 1 1 "source_bearer_type"
    SOURCE_TELEMATICS_ID 0x0010 1 1 "source_telematics_id"
    QOS_TIME_TO_LIVE 0x0017 4 4 "qos_time_to_live"
    PAYLOAD_TYPE 0x0019 1 1 "payload_type"
    ADDITIONAL_STATUS_INFO_TEXT 0x001D 1 256 "additional_status_info_text"
    RECEIPTED_MESSAGE_ID 0x001E 1 65 "receipted_message_id"
    MS_MSG_WAIT_FACILITIES 0x0030 1 1 "ms_msg_wait_facilities"
    PRIVACY_INDICATOR 0x0201 1 1 "privacy_indicator"
    SOURCE_SUBADDRESS 0x0202 2 23 "source_subaddress"
    DEST_SUBADDRESS 0x0203 2 23 "dest_subaddress"
    USER_MESSAGE_REFERENCE 0x0204 2 2 "user_message_reference"
    USER_RESPONSE_CODE 0x0205 1 1 "user_response_code"
    SOURCE_PORT 0x020A 2 2 "source_port"
    DEST_PORT 0x020B 2 2 "dest_port"
    SAR_MSG_REF_NUM 0x020C 2 2 "sar_msg_ref_num"
    LANGUAGE_INDICATOR 0x020D 1 1 "language_indicator"
    SAR_TOTAL_SEGMENTS 0x020E 1 1 "sar_total_segments"
    SAR_SEGMENT_SEQNUM 0x020F 1 1 "sar_segment_seqnum"
    SC_INTERFACE_VERSION 0x0210 1 1 "sc_interface_version"
    CALLBACK_NUM_PRES_IND 0x0302 1 1 "callback_num_pres_ind"
    CALLBACK_NUM_ATAG 0x0303 0 65 "callback_num_atag"
    NUMBER_OF_MESSAGES 0x0304 1 1 "number_of_messages"
    CALLBACK_NUM 0x0381 4 19 "callback_num"
    DPF_RESULT 0x0420 1 1 "dpf_result"
    SET_DPF 0x0421 1 1 "set_dpf"
    MS_AVAILABILITY_STATUS 0x0422 1 1 "ms_availability_status"
    NETWORK_ERROR_CODE 0x0423 3 3 "network_error_code"
    MESSAGE_PAYLOAD 0x0424 0 65535 "message_payload"
    DELIVERY_FAILURE_REASON 0x0425 1 1 "delivery_failure_reason"
    MORE_MESSAGES_TO_SEND 0x0426 1 1 "more_messages_to_send"
    MESSAGE_STATE 0x0427 1 1 "message_state"
    CONGESTION_STATE 0x0428 1 1 "congestion_state"
    USSD_SERVICE_OP 0x0501 1 1 "ussd_service_op"
    BROADCAST_CHANNEL_INDICATOR 0x0600 1 1 "broadcast_channel_indicator"
    BROADCAST_CONTENT_TYPE 0x0601 3 3 "broadcast_content_type"
    BROADCAST_CONTENT_TYPE_INFO 0x0602 1 255 "broadcast_content_type_info"
    BROADCAST_MESSAGE_CLASS 0x0603 1 1 "broadcast_message_class"
    BROADCAST_REP_NUM 0x0604 2 2 "broadcast_rep_num"
    BROADCAST_FREQUENCY_INTERVAL 0x0605 3 3 "broadcast_frequency_interval"
    BROADCAST_AREA_IDENTIFIER 0x0606 1 65535 "broadcast_area_identifier"
    BROADCAST_ERROR_STATUS 0x0607 4 4 "broadcast_error_status"
    BROADCAST_AREA_SUCCESS 0x0608 1 1 "broadcast_area_success"
    BROADCAST_END_TIME 0x0609 16 17 "broadcast_end_time"
    BROADCAST_SERVICE_GROUP 0x060A 1 255 "broadcast_service_group"
    BILLING_IDENTIFICATION 0x060B 1 1024 "billing_identification"
    SOURCE_NETWORK_ID 0x060D 7 65 "source_network_id"
    DEST_NETWORK_ID 0x060E 7 65 "dest_network_id"
    SOURCE_NODE_ID 0x060F 6 6 "source_node_id"
    DEST_NODE_ID 0x0610 6 6 "dest_node_id"
    DEST_ADDR_NP_RESOLUTION 0x0611 1 1 "dest_addr_np_resolution"
    DEST_ADDR_NP_INFORMATION 0x0612 10 10 "dest_addr_np_information"
    DEST_ADDR_NP_COUNTRY 0x0613 1 5 "dest_addr_np_country"
    DISPLAY_TIME 0x1201 1 1 "display_time"
    SMS_SIGNAL 0x1203 2 2 "sms_signal"
    MS_VALIDITY 0x1204 1 4 "ms_validity"
    ALERT_ON_MESSAGE_DELIVERY 0x130C 0 1 "alert_on_message_delivery"
    ITS_REPLY_TYPE 0x1380 1 1 "its_reply_type"
    ITS_SESSION_INFO 0x1383 2 2 "its_session_info"
    HOP_COUNT 0x1401 0 65535 "hop_count"
}
